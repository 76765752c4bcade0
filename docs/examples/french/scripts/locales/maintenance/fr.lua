--- Ce que voient les visiteurs pendant des travaux.
return {
  ["maintenance.closed_title"] = "Fermé pour un moment",
  ["maintenance.closed"] = "Ce site est en travaux. Les capsules restent telles quelles, et rien n'est perdu.",
  ["maintenance.read_only_title"] = "On ne peut rien sceller pour le moment",
  ["maintenance.read_only"] = "Ce site est en travaux. Les capsules s'ouvrent comme toujours, mais rien de"
    .. " nouveau n'est pris.",
  ["maintenance.back_at"] = "Revenez à {time}.",
  ["maintenance.later"] = "Revenez dans un petit moment.",
  ["maintenance.kept"] = "{why} {back} Ce que vous avez tapé est encore ici : laissez cette page ouverte, et"
    .. " envoyez-la alors.",

  ["fault.again"] = "Renvoyer",
}
