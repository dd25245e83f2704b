"""The thread that takes prompts off the queue and runs them, one after the other."""

import threading

from execution import PromptExecutor, PromptQueue
from server import PromptServer

_A_WHILE = 0.2


class PromptWorker:
    def __init__(self, server: PromptServer) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="comfy_host-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()

    def _work(self) -> None:
        server, queue = self._server, self._server.prompt_queue
        executor = PromptExecutor(server)
        while not self._ended.is_set():
            found = queue.get(timeout=_A_WHILE)
            if found is None:
                continue
            (_, prompt_id, prompt, extra_data, outputs, sensitive), item_id = found
            executor.execute(prompt, prompt_id, {**extra_data, **sensitive}, outputs)
            status = PromptQueue.ExecutionStatus(
                "success" if executor.success else "error", executor.success, executor.status_messages
            )
            queue.task_done(item_id, executor.history_result, status, lambda item: item[:5])
            if server.client_id is not None:
                server.send_sync("executing", {"node": None, "prompt_id": prompt_id}, server.client_id)
