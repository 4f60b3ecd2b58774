"""Capsule's studio: what a chat makes is kept in its ``session.data``, and stands on both sides of it."""

from __future__ import annotations

from capsule import PageRequest
from conversations import Message, SyncSession, message
from handlers import data
from pages import page, ui

studio = ui.ChatPanel("studio", mode="single", title="Studio")


@message("studio")
def make(session: SyncSession, msg: Message) -> str:
    """Makes a picture and a film of what you describe."""
    session.data.append("generated_images", {"src": "demo/desk.svg", "alt": msg.text})
    session.data.append("generated_videos", {"title": msg.text, "address": "/static/demo/clock.svg"})
    return f"Made: {msg.text}"


@data(cache=60)
def generated_images(request: PageRequest) -> list[dict[str, str]]:
    return list(studio.data(request).get("generated_images", []))


@data
def generated_videos(request: PageRequest) -> list[dict[str, str]]:
    return list(studio.data(request).get("generated_videos", []))


@page("Media", icon="image")
def media(request: PageRequest) -> ui.Page:
    pictures = [ui.Image(one["src"], alt=one["alt"]) for one in generated_images(request)]
    return ui.Page(
        [
            ui.Row(
                [
                    ui.Card("Pictures", [ui.ImageGallery(pictures)]),
                    studio,
                    ui.Table(generated_videos, columns=["title", "address"], empty="No films yet."),
                ]
            )
        ]
    )
