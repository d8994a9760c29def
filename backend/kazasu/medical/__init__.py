"""Medical information (医療情報) under invariant 7: who may see what, fetched for the view, every look audited.

Nothing that is fetched here is stored: it is in no table, feed, roster, evidence or backup. Imports of the room go one
way: `routes` and `device_routes` → `looking` → `guard` (pure) and `service` (what the guard judges by).
"""
