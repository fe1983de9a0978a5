"""The mails of an account: short, plain, and each says what to do when it was not you."""

from collections.abc import Mapping

from notifications.templates.letter import Button, Facts, Letter, Note, Text, moment


def confirm_email(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Confirm your e-mail address",
        preview="One tap, and we can tell you when your photos are ready.",
        blocks=(
            Text(f"Welcome, {data['name']}."),
            Text("Please confirm that this address is yours, so that we can tell you when your photos are ready."),
            Button("Confirm this address", data["confirm_url"]),
            Note(f"The link works once, for {data['valid_for']}."),
            Note("You did not open an account? Then ignore this mail, and nothing else will come."),
        ),
    )


def password_reset(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Choose a new password",
        preview=f"The link works once, for {data['valid_for']}.",
        blocks=(
            Text(f"Hello {data['name']},"),
            Text("someone, hopefully you, asked for a new password for your account."),
            Button("Choose a new password", data["reset_url"]),
            Note(f"The link works once, for {data['valid_for']}. A new password signs you out everywhere."),
            Note("If this was not you, there is nothing to do: your password stays as it is."),
        ),
    )


def password_changed(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Your password was changed",
        preview="Every device was signed out.",
        blocks=(
            Text(f"Hello {data['name']},"),
            Text("your password was changed, and every device was signed out. If that was you, all is well."),
            Facts((("Changed", moment(data["changed_at"])),)),
            Text("If it was not you, choose another password now, and change that of your mailbox too."),
            Button("Choose a new password", data["reset_url"]),
        ),
    )


def export_ready(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Your export is ready",
        preview="Everything you have in Darkroom, in one ZIP.",
        blocks=(
            Text(f"Hello {data['name']},"),
            Text("everything you have in Darkroom is packed into one ZIP. Sign in to download it."),
            Button("Go to your export", data["url"]),
            Facts((("Available until", moment(data["expires_at"])),)),
        ),
    )


def account_deleted(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Your account was deleted",
        preview="Your photos are gone from Darkroom.",
        blocks=(
            Text(f"Goodbye, {data['name']}."),
            Text("Your account was deleted, and with it your photos, face templates and sign-ins."),
            Text(data["kept"]),
            Note("This is the last mail: we no longer keep this address."),
        ),
    )


def phone_changed(data: Mapping[str, str]) -> Letter:
    return Letter(
        subject="Your phone number was confirmed",
        preview=f"{data['phone']} now belongs to your account.",
        blocks=(
            Text(f"Hello {data['name']},"),
            Text("this number now belongs to your account:"),
            Facts((("Phone", data["phone"]),)),
            Note("If that was not you, choose a new password now: someone has been in your account."),
        ),
    )
