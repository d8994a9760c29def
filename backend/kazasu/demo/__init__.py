"""A day at two exercise facilities, played through the real programs: servers, devices and cards are processes.

Imports none of the server's rooms: it runs the command lines that a user would run, talks to the API that the back
office's screens talk to, and reads the results from the files that are left.
"""
