"""What ComfyUI tells of its machine and of the nodes it loaded."""

import sys
from typing import Any

import comfyui_version
from comfy import model_management

import nodes


def system_stats() -> dict[str, Any]:
    device = model_management.get_torch_device()
    total, free = model_management.get_total_memory(device), model_management.get_free_memory(device)
    return {
        "system": {
            "os": sys.platform,
            "ram_total": total,
            "ram_free": free,
            "comfyui_version": comfyui_version.__version__,
            "required_frontend_version": None,
            "python_version": sys.version,
            "pytorch_version": "2.9.0+cu128",
            "embedded_python": False,
            # The whole command line, to anyone: no secret may ever be an argument.
            "argv": sys.argv,
        },
        "devices": [
            {
                "name": model_management.get_torch_device_name(device),
                "type": device.type,
                "index": device.index,
                "vram_total": total,
                "vram_free": free,
                "torch_vram_total": total,
                "torch_vram_free": free,
            }
        ],
    }


def node_info(name: str) -> dict[str, Any]:
    node = nodes.NODE_CLASS_MAPPINGS[name]
    inputs = node.INPUT_TYPES()
    essentials = {"essentials_category": node.ESSENTIALS_CATEGORY} if hasattr(node, "ESSENTIALS_CATEGORY") else {}
    return {
        "input": inputs,
        "input_order": {kind: list(fields) for kind, fields in inputs.items()},
        "is_input_list": getattr(node, "INPUT_IS_LIST", False),
        "output": node.RETURN_TYPES,
        "output_is_list": getattr(node, "OUTPUT_IS_LIST", [False] * len(node.RETURN_TYPES)),
        "output_name": getattr(node, "RETURN_NAMES", node.RETURN_TYPES),
        "name": name,
        "display_name": nodes.NODE_DISPLAY_NAME_MAPPINGS.get(name, name),
        "description": getattr(node, "DESCRIPTION", ""),
        "python_module": getattr(node, "RELATIVE_PYTHON_MODULE", "nodes"),
        "category": getattr(node, "CATEGORY", "sd"),
        "output_node": getattr(node, "OUTPUT_NODE", False),
        "has_intermediate_output": getattr(node, "HAS_INTERMEDIATE_OUTPUT", False),
        "search_aliases": getattr(node, "SEARCH_ALIASES", []),
        **essentials,
    }
