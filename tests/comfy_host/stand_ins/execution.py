"""ComfyUI's queue and what runs it, as packs see them."""

import copy
import heapq
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from comfy.model_management import InterruptProcessingException

import nodes
from comfy_host.prompt_validation import Prompt, is_link

MAXIMUM_HISTORY_SIZE = 10000

# Number, prompt id, prompt, extra data, outputs to execute, and what nobody may see; the last is not in the history.
Item = tuple[Any, ...]


class Server(Protocol):
    client_id: str | None
    last_node_id: str | None

    def queue_updated(self) -> None: ...
    def send_sync(self, event: str, data: Any, sid: str | None = None) -> None: ...


class PromptQueue:
    class ExecutionStatus(NamedTuple):
        status_str: Literal["success", "error"]
        completed: bool
        messages: list[Any]

    def __init__(self, server: Server) -> None:
        self.server = server
        self.mutex = threading.RLock()
        self.not_empty = threading.Condition(self.mutex)
        self.task_counter = 0
        self.queue: list[Item] = []
        self.currently_running: dict[int, Item] = {}
        self.history: dict[str, dict[str, Any]] = {}

    def put(self, item: Item) -> None:
        with self.mutex:
            heapq.heappush(self.queue, item)
            self.server.queue_updated()
            self.not_empty.notify()

    def get(self, timeout: float | None = None) -> tuple[Item, int] | None:
        with self.not_empty:
            if not self.not_empty.wait_for(lambda: self.queue, timeout):
                return None
            item = heapq.heappop(self.queue)
            self.task_counter += 1
            self.currently_running[self.task_counter] = copy.deepcopy(item)
            self.server.queue_updated()
            return item, self.task_counter

    def task_done(
        self,
        item_id: int,
        history_result: Mapping[str, Any],
        status: ExecutionStatus,
        process_item: Callable[[Item], Item],
    ) -> None:
        with self.mutex:
            prompt = process_item(self.currently_running.pop(item_id))
            if len(self.history) > MAXIMUM_HISTORY_SIZE:
                self.history.pop(next(iter(self.history)))
            done = {"prompt": prompt, "outputs": {}, "status": copy.deepcopy(status._asdict())}
            self.history[prompt[1]] = {**done, **history_result}
            self.server.queue_updated()

    def get_current_queue(self) -> tuple[list[Item], list[Item]]:
        with self.mutex:
            return list(self.currently_running.values()), copy.deepcopy(self.queue)

    def get_current_queue_volatile(self) -> tuple[list[Item], list[Item]]:
        with self.mutex:
            return list(self.currently_running.values()), list(self.queue)

    def get_tasks_remaining(self) -> int:
        with self.mutex:
            return len(self.queue) + len(self.currently_running)

    def wipe_queue(self) -> None:
        with self.mutex:
            self.queue = []
            self.server.queue_updated()

    def delete_queue_item(self, function: Callable[[Item], bool]) -> bool:
        with self.mutex:
            found = next((item for item in self.queue if function(item)), None)
            if found is not None:
                self.queue.remove(found)
                heapq.heapify(self.queue)
                self.server.queue_updated()
            return found is not None

    def get_history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1
    ) -> dict[str, dict[str, Any]]:
        with self.mutex:
            if prompt_id is not None:
                known = self.history.get(prompt_id)
                return {} if known is None else {prompt_id: copy.deepcopy(known)}
            if offset < 0 and max_items is not None:
                offset = len(self.history) - max_items
            ids = list(self.history)[max(offset, 0) :][:max_items]
            return {each: self.history[each] for each in ids}

    def wipe_history(self) -> None:
        with self.mutex:
            self.history = {}

    def delete_history_item(self, id_to_delete: str) -> None:
        with self.mutex:
            self.history.pop(id_to_delete, None)


class PromptExecutor:
    """Runs what the outputs need, node after node, and keeps nothing of it for the next prompt."""

    _run: "_Run"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.success = True
        self.status_messages: list[tuple[str, Any]] = []
        self.history_result: dict[str, Any] = {}

    def execute(
        self, prompt: Prompt, prompt_id: str, extra_data: Mapping[str, Any], execute_outputs: list[str]
    ) -> None:
        nodes.interrupt_processing(value=False)
        self.server.client_id = extra_data.get("client_id")
        self.status_messages = []
        self._run = _Run(prompt, prompt_id, extra_data)
        self._say("execution_start")
        self._say("execution_cached", nodes=[])
        self.success = all(self._execute(node_id) for node_id in execute_outputs)
        if self.success:
            self._say("execution_success")
        self.history_result = {"outputs": self._run.shown, "meta": self._run.meta}
        self.server.last_node_id = None

    def _execute(self, node_id: str) -> bool:
        run = self._run
        if node_id in run.results:
            return True
        node = run.prompt[node_id]
        if not all(self._execute(value[0]) for value in node["inputs"].values() if is_link(value)):
            return False
        where = {"node": node_id, "display_node": node_id}
        self.server.last_node_id = node_id
        self._send("executing", where)
        inputs: dict[str, Any] = {}
        try:
            nodes.before_node_execution()
            inputs = run.inputs_of(node_id)
            nodes.fail_as_wanted(node["class_type"])
            node_class = nodes.NODE_CLASS_MAPPINGS[node["class_type"]]
            result = getattr(node_class(), node_class.FUNCTION)(**inputs)
        except InterruptProcessingException:
            self._say("execution_interrupted", **run.about(node_id), broadcast=True)
            return False
        except Exception as error:  # noqa: BLE001 - a node may fail in any way, and ComfyUI goes on
            self._say(
                "execution_error", **run.about(node_id), **_told(error, inputs), current_outputs=list(run.results)
            )
            return False
        run.keep(node_id, result)
        if node_id in run.shown:
            self._send("executed", {**where, "output": run.shown[node_id]})
        return True

    def _say(self, event: str, *, broadcast: bool = False, **data: Any) -> None:
        told = {**data, "prompt_id": self._run.prompt_id, "timestamp": int(time.time() * 1000)}
        self.status_messages.append((event, told))
        if self.server.client_id is not None or broadcast:
            self.server.send_sync(event, told, self.server.client_id)

    def _send(self, event: str, data: Mapping[str, Any]) -> None:
        if self.server.client_id is not None:
            self.server.send_sync(event, {**data, "prompt_id": self._run.prompt_id}, self.server.client_id)


class _Run:
    """One prompt, and what its nodes gave so far."""

    def __init__(self, prompt: Prompt, prompt_id: str, extra_data: Mapping[str, Any]) -> None:
        self.prompt = prompt
        self.prompt_id = prompt_id
        self.results: dict[str, Any] = {}
        self.shown: dict[str, Any] = {}
        self.meta: dict[str, Any] = {}
        self._hidden = {"PROMPT": prompt, "EXTRA_PNGINFO": extra_data.get("extra_pnginfo")}

    def inputs_of(self, node_id: str) -> dict[str, Any]:
        node = self.prompt[node_id]
        kinds = nodes.NODE_CLASS_MAPPINGS[node["class_type"]].INPUT_TYPES()
        inputs = {name: self._hidden.get(kind, node_id) for name, kind in kinds.get("hidden", {}).items()}
        for name in {**kinds.get("required", {}), **kinds.get("optional", {})}.keys() & node["inputs"].keys():
            value = node["inputs"][name]
            inputs[name] = self.results[value[0]][value[1]] if is_link(value) else value
        return inputs

    def keep(self, node_id: str, result: Any) -> None:
        self.results[node_id] = result.get("result", ()) if isinstance(result, dict) else result
        if isinstance(result, dict) and "ui" in result:
            self.shown[node_id] = result["ui"]
            names = {"node_id": node_id, "display_node": node_id, "real_node_id": node_id}
            self.meta[node_id] = {**names, "parent_node": None}

    def about(self, node_id: str) -> dict[str, Any]:
        return {"node_id": node_id, "node_type": self.prompt[node_id]["class_type"], "executed": list(self.results)}


def _told(error: Exception, inputs: Mapping[str, Any]) -> dict[str, Any]:
    kind = type(error)
    return {
        "exception_message": f"{error}\n",
        "exception_type": kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        "traceback": traceback.format_tb(error.__traceback__),
        "current_inputs": {name: [str(value)] for name, value in inputs.items()},
    }
