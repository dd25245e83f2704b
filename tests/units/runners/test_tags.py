import pytest

from comfycontrol_pack.comfycontrol.comfyui import Gpu
from comfycontrol_pack.comfycontrol.models.limits import check_tags
from comfycontrol_pack.comfycontrol.runners.tags import suggest_tags

MIB = 1024**2
GIB = 1024**3


@pytest.mark.parametrize(
    ("name", "memory_bytes", "tags"),
    [
        ("cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", 24564 * MIB, ["gpu-rtx-4090", "vram-24gb"]),
        ("cuda:0 NVIDIA GeForce RTX 4090 : native", 24564 * MIB, ["gpu-rtx-4090", "vram-24gb"]),
        ("cuda:1 NVIDIA GeForce RTX 3060 Ti : cudaMallocAsync", 8192 * MIB, ["gpu-rtx-3060-ti", "vram-8gb"]),
        ("cuda:0 NVIDIA GeForce RTX 4080 SUPER : native", 16376 * MIB, ["gpu-rtx-4080-super", "vram-16gb"]),
        ("cuda:0 NVIDIA GeForce RTX 4070 Laptop GPU : native", 8188 * MIB, ["gpu-rtx-4070-laptop", "vram-8gb"]),
        ("cuda:0 NVIDIA A100-SXM4-80GB : cudaMallocAsync", 81920 * MIB, ["gpu-a100-sxm4-80gb", "vram-80gb"]),
        ("cuda:0 NVIDIA H100 80GB HBM3 : native", 81559 * MIB, ["gpu-h100-80gb-hbm3", "vram-80gb"]),
        ("cuda:0 Tesla T4 : cudaMallocAsync", 15360 * MIB, ["gpu-tesla-t4", "vram-15gb"]),
        ("cuda:0 NVIDIA RTX 6000 Ada Generation : native", 49140 * MIB, ["gpu-rtx-6000-ada-generation", "vram-48gb"]),
        ("cuda:0 AMD Radeon RX 7900 XTX : native", 24560 * MIB, ["gpu-rx-7900-xtx", "vram-24gb"]),
        ("cuda:0 AMD Radeon RX 6700 XT [ZLUDA] : native", 12272 * MIB, ["gpu-rx-6700-xt", "vram-12gb"]),
        ("cuda:0 AMD Radeon Graphics : native", 512 * MIB, []),
        ("xpu:0 Intel(R) Arc(TM) A770 Graphics", 16225 * MIB, ["gpu-arc-a770", "vram-16gb"]),
        ("xpu Intel(R) Arc(TM) B580 Graphics", 12216 * MIB, ["gpu-arc-b580", "vram-12gb"]),
        ("cuda:0 NVIDIA GeForce GTX 1080 : ", 8192 * MIB, ["gpu-gtx-1080", "vram-8gb"]),
        ("mps", 36 * GIB, ["gpu-mps", "vram-36gb"]),
        ("npu", 64 * GIB, ["gpu-npu", "vram-64gb"]),
        ("", 24 * GIB, ["vram-24gb"]),
        ("cuda:0 \u663e\u5361, x : native", 0, ["gpu-x"]),
    ],
)
def test_a_card_is_named_so_that_a_workflow_can_ask_for_it(name: str, memory_bytes: int, tags: list[str]) -> None:
    suggested = suggest_tags(Gpu(name, memory_bytes), "Linux")
    assert suggested == [*tags, "linux"]
    assert check_tags(suggested) == tuple(suggested)


@pytest.mark.parametrize(
    ("system", "tags"),
    [
        ("Linux", ["linux"]),
        ("Windows", ["windows"]),
        ("Darwin", ["macos"]),
        ("Java", []),
        ("", []),
    ],
)
def test_a_machine_without_a_card_is_named_by_its_system(system: str, tags: list[str]) -> None:
    assert suggest_tags(None, system) == tags
