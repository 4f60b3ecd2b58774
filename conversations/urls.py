from __future__ import annotations

from django.urls import URLPattern

from capsule.routing import either
from conversations import act_views, file_views, keeping_views, views

app_name = "conversations"
urlpatterns: list[URLPattern] = [
    *either("", views.index, name="index"),
    *either("new/", views.begin_new, name="start"),
    *either("start/<str:handler>/", views.start_chat, name="start_chat"),
    *either("files/<str:handler>/", file_views.send_file, name="send_file"),
    *either("<uuid:conversation_id>/", views.conversation, name="conversation"),
    *either("<uuid:conversation_id>/messages/", views.messages, name="post"),
    *either("<uuid:conversation_id>/actions/<str:action>/", act_views.do_action, name="act"),
    *either("<uuid:conversation_id>/prompts/<uuid:prompt_id>/", act_views.answer_prompt, name="prompt"),
    *either("<uuid:conversation_id>/files/<uuid:file_id>/", file_views.read_file, name="file"),
    *either("<uuid:conversation_id>/stop/", views.stop_turn, name="stop"),
    *either("<uuid:conversation_id>/retry/", views.retry_turn, name="retry"),
    *either("<uuid:conversation_id>/rename/", keeping_views.rename_chat, name="rename"),
    *either("<uuid:conversation_id>/delete/", keeping_views.delete_chat, name="delete"),
    *either("<uuid:conversation_id>/restore/", keeping_views.restore_chat, name="restore"),
]
