"""A job object of Windows that ends its processes when the last handle to it is closed, and so with ComfyUI.

Source: learn.microsoft.com, "Job Objects", JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE. The process is in the job from its
first moment on, because it begins suspended (CREATE_SUSPENDED): it can start nothing that would be outside.
"""

import sys

if sys.platform == "win32":
    import ctypes
    import subprocess
    from ctypes import wintypes

    CREATE_SUSPENDED = 0x4
    _EXTENDED_LIMITS = 9
    _KILL_ON_CLOSE = 0x2000

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    class Job:
        """One job. Raises `OSError` where the system refuses."""

        def __init__(self) -> None:
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            self._kernel.CreateJobObjectW.restype = wintypes.HANDLE
            self._handle = wintypes.HANDLE(self._kernel.CreateJobObjectW(None, None))
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_CLOSE
            size = ctypes.sizeof(limits)
            self._check(
                self._kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), size)
            )

        def take(self, process: "subprocess.Popen[bytes]") -> None:
            """Put a process that begins suspended into the job, and let it go on."""
            handle = wintypes.HANDLE(int(process._handle))  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
            self._check(self._kernel.AssignProcessToJobObject(self._handle, handle))
            # Source: the same site does not document it; it is what debuggers resume a whole process with.
            ctypes.WinDLL("ntdll").NtResumeProcess(handle)

        def close(self) -> None:
            """End what is in the job."""
            if self._handle:
                self._kernel.CloseHandle(self._handle)
                self._handle = wintypes.HANDLE()

        def _check(self, done: int) -> None:
            if not done:
                raise ctypes.WinError(ctypes.get_last_error())
