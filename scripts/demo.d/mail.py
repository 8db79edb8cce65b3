"""Takes mails on loopback, sends none on, and appends what they say to a file: mail.py PORT FILE"""

import asyncio
import email
import email.policy
import signal
import sys
from datetime import datetime, timezone

from aiosmtpd.smtp import SMTP

port, path = int(sys.argv[1]), sys.argv[2]


class Log:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        lines = [
            f"==== {datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} UTC",
            f"To: {', '.join(envelope.rcpt_tos)}",
            f"Subject: {message['subject']}",
            "",
            body.get_content().strip() if body else "",
            "",
            "",
        ]
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Log(), hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", port)
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    await over.wait()
    server.close()


asyncio.run(main())
