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
        ("cuda:0 Tesla T4 : cudaMallocAsync", 15360 * MIB, ["gpu-tesla-t4", "vram-16gb"]),
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


def gib(memory: float) -> int:
    return int(memory * GIB)


# The card, what its driver tells of its memory, and what it is sold with.
SOLD = [
    ("cuda:0 NVIDIA GeForce RTX 5090 : cudaMallocAsync", gib(31.36), "vram-32gb"),  # Linux
    ("cuda:0 NVIDIA GeForce RTX 5090 : cudaMallocAsync", gib(31.84), "vram-32gb"),  # Windows
    ("cuda:0 NVIDIA L4 : cudaMallocAsync", gib(21.96), "vram-24gb"),
    ("cuda:0 NVIDIA L4 : cudaMallocAsync", 23034 * MIB, "vram-24gb"),
    ("cuda:0 NVIDIA A10G : cudaMallocAsync", gib(22.06), "vram-24gb"),
    ("cuda:0 Tesla T4 : cudaMallocAsync", gib(14.56), "vram-16gb"),
    ("cuda:0 Tesla T4 : cudaMallocAsync", gib(14.75), "vram-16gb"),
    ("xpu:0 Intel(R) Arc(TM) A770 Graphics", gib(15.11), "vram-16gb"),
    ("xpu:0 Intel(R) Arc(TM) A770 Graphics", gib(15.91), "vram-16gb"),
    ("xpu:0 Intel(R) Arc(TM) B580 Graphics", gib(11.33), "vram-12gb"),
    ("cuda:0 NVIDIA GeForce RTX 3060 : cudaMallocAsync", gib(11.63), "vram-12gb"),
    ("cuda:0 NVIDIA GeForce RTX 2080 Ti : cudaMallocAsync", gib(10.57), "vram-11gb"),
    ("cuda:0 NVIDIA GeForce RTX 2080 Ti : cudaMallocAsync", gib(21.48), "vram-22gb"),  # rebuilt
    ("cuda:0 NVIDIA GeForce RTX 3080 : cudaMallocAsync", gib(9.65), "vram-10gb"),
    ("cuda:0 NVIDIA GeForce GTX 1060 3GB : cudaMallocAsync", gib(2.94), "vram-3gb"),
    ("cuda:0 NVIDIA GeForce GTX 1060 6GB : cudaMallocAsync", gib(5.93), "vram-6gb"),
    ("cuda:0 AMD Radeon RX 7900 XT : native", gib(19.98), "vram-20gb"),
    ("cuda:0 Tesla V100-SXM2-16GB : cudaMallocAsync", gib(15.77), "vram-16gb"),
    ("cuda:0 NVIDIA L40S : cudaMallocAsync", gib(44.39), "vram-48gb"),
    ("cuda:0 NVIDIA A100-SXM4-40GB : cudaMallocAsync", gib(39.39), "vram-40gb"),
    ("cuda:0 NVIDIA A100-SXM4-40GB MIG 1g.5gb : cudaMallocAsync", gib(4.75), "vram-5gb"),
    ("cuda:0 NVIDIA A100-SXM4-80GB : cudaMallocAsync", gib(79.15), "vram-80gb"),
    ("cuda:0 NVIDIA H100 NVL : cudaMallocAsync", gib(93.1), "vram-94gb"),
    ("cuda:0 NVIDIA RTX PRO 6000 Blackwell Workstation Edition : native", gib(94.97), "vram-96gb"),
    ("cuda:0 NVIDIA H200 : cudaMallocAsync", gib(139.8), "vram-141gb"),
    ("mps", gib(36), "vram-36gb"),
]


@pytest.mark.parametrize(("name", "memory_bytes", "tag"), SOLD)
def test_the_memory_is_that_of_the_card_and_not_what_the_driver_leaves_of_it(
    name: str, memory_bytes: int, tag: str
) -> None:
    assert suggest_tags(Gpu(name, memory_bytes), "Linux")[1] == tag


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
