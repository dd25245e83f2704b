"""ComfyUI's command line, as packs see it."""

from dataclasses import dataclass, fields


@dataclass
class Arguments:
    listen: str = "127.0.0.1"
    port: int = 8188
    tls_certfile: str | None = None
    tls_keyfile: str | None = None
    multi_user: bool = False
    disable_api_nodes: bool = False
    enable_cors_header: str | None = None


args = Arguments()


def reset(values: Arguments | None = None) -> None:
    # The object stays the same one: a pack may hold it since `from comfy.cli_args import args`.
    for field in fields(Arguments):
        setattr(args, field.name, getattr(values or Arguments(), field.name))
