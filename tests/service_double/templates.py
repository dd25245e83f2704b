"""The templates the service holds."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from .stamps import new_id, utc_now
from .template_rules import TemplateFields


@dataclass(frozen=True)
class Template:
    account_id: str
    name: str
    description: str
    body: Any
    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=utc_now)
    updated_at: str = ""

    def as_listed_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "user_id": self.account_id,
            "name": self.name,
            "description": self.description,
            "created_at": self.created_at,
            "updated_at": self.updated_at or self.created_at,
        }

    def as_json(self) -> dict[str, Any]:
        return {**self.as_listed_json(), "body": self.body}


class Templates:
    """Every template of every account; locked, because a test and the server reach it from two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._templates: dict[str, Template] = {}

    def add(self, account_id: str, fields: TemplateFields) -> Template:
        template = Template(account_id, fields.name or "", fields.description or "", fields.body)
        with self._lock:
            self._templates[template.id] = template
        return template

    def newest_first(self, account_id: str | None = None) -> list[Template]:
        with self._lock:
            templates = list(self._templates.values())
        return [template for template in reversed(templates) if account_id in {None, template.account_id}]

    def find(self, template_id: str) -> Template | None:
        with self._lock:
            return self._templates.get(template_id)

    def update(self, template_id: str, fields: TemplateFields) -> Template:
        given = {name: value for name, value in vars(fields).items() if value is not None}
        with self._lock:
            template = replace(self._templates[template_id], **given, updated_at=utc_now())
            self._templates[template_id] = template
        return template

    def remove(self, template_id: str) -> None:
        with self._lock:
            del self._templates[template_id]
