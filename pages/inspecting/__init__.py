"""What a part of a page is made of, for whoever inspects it: its declaration, its scope, its cost, its cause.

- ``access``: who may, and who does;
- ``facts``: what is noted while a part is drawn, and stands on its element, signed;
- ``behind``, ``source``, ``words``, ``causes``: what the facts mean, worked out when somebody asks;
- ``views``: the switch, and the answer.
"""
