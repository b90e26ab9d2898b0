"""The channels that are web services: how each is set to a server of ours, and what that says when all is well."""

from dataclasses import dataclass
from typing import Any

from tests.servers.recording import Reply
from uptime.channels import channel_types
from uptime.channels._kind import ChannelType

SECRET = "s3cretTokenOf0urTests1234567890x"
HALF = SECRET[:30]


@dataclass(frozen=True)
class Case:
    """One channel: its settings with `{url}` for the server, the answer to what it accepts, and how it says no."""

    word: str
    settings: dict[str, Any]
    accepts: Reply
    refuses: Reply
    complaint: str

    @property
    def kind(self) -> ChannelType:
        return channel_types()[self.word]

    def at(self, url: str) -> Any:
        """The settings for a server at that address."""
        filled = {k: v.replace("{url}", url) if isinstance(v, str) else v for k, v in self.settings.items()}
        return self.kind.build(filled)


CASES = (
    Case("discord", {"url": f"{{url}}/api/webhooks/4711/{SECRET}"}, Reply(204),
         Reply(400, {"code": 50035, "errors": {"content": {"_errors": []}}, "message": "Invalid Form Body"}),
         "Invalid Form Body"),
    Case("gotify", {"base_url": "{url}", "token": SECRET}, Reply(200, {"id": 1, "appid": 1}),
         Reply(401, {"error": "Unauthorized", "errorCode": 401, "errorDescription": "you need to provide a token"}),
         "you need to provide a token"),
    Case("matrix", {"base_url": "{url}", "token": SECRET, "room": "!room:example.org"}, Reply(200, {"event_id": "$1"}),
         Reply(403, {"errcode": "M_FORBIDDEN", "error": "User not in room"}), "User not in room"),
    Case("ntfy", {"base_url": "{url}", "topic": "upspeak-0123456789", "token": SECRET},
         Reply(200, {"id": "x", "event": "message", "topic": "upspeak-0123456789"}),
         Reply(403, {"code": 40301, "http": 403, "error": "forbidden"}), "forbidden"),
    Case("opsgenie", {"base_url": "{url}", "api_key": SECRET},
         Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": "1"}),
         Reply(422, {"message": "Request body is not processable.", "errors": {"message": "too long"}}),
         "message: too long"),
    Case("pagerduty", {"base_url": "{url}", "routing_key": SECRET},
         Reply(202, {"status": "success", "message": "Event processed", "dedup_key": "x"}),
         Reply(400, {"status": "invalid event", "message": "Event object is invalid",
                     "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"]}),
         "Length of 'routing_key' is incorrect"),
    Case("pushover", {"base_url": "{url}", "token": HALF, "user": "u" * 30}, Reply(200, {"status": 1, "request": "r"}),
         Reply(400, {"user": "invalid", "errors": ["user identifier is not valid"], "status": 0, "request": "r"}),
         "user identifier is not valid"),
    Case("slack", {"url": f"{{url}}/services/T024BE7LD/B0123/{SECRET}"}, Reply(200, "ok"),
         Reply(404, "no_service"), "no_service"),
    Case("teams", {"url": f"{{url}}/workflows/0123456789abcdef/triggers/manual/invoke?api-version=1&sig={SECRET}"},
         Reply(202), Reply(401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "No signature."}}),
         "No signature"),
    Case("telegram", {"base_url": "{url}", "token": f"4711:{SECRET}", "chat_id": "-1001"},
         Reply(200, {"ok": True, "result": {"message_id": 1}}),
         Reply(400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}),
         "Bad Request: chat not found"),
)  # fmt: skip

BY_WORD = {case.word: case for case in CASES}
