--- Les lettres, et les pages qui en parlent.
return {
  ["mail.subject_opened"] = "Une capsule temporelle s'est ouverte",
  ["mail.subject_waiting"] = "Une capsule temporelle attend",
  ["mail.opened"] = "L'heure est venue. Une capsule temporelle s'est ouverte le",
  ["mail.opens"] = "Une capsule temporelle attend. Elle s'ouvre le",
  ["mail.put"] = "Elle a été écrite le {time}.",
  ["mail.key"] = "Sa clé, qui montre le message à quiconque l'a :",
  ["mail.link"] = "Ou suivez ce lien, qui porte la clé :",
  ["mail.open"] = "Ouvrir la capsule",
  ["mail.no_key"] = "La clé n'est pas dans cette lettre : qui a écrit la capsule ne l'y a pas mise. Entrez-la"
    .. " pour lire le message.",
  ["mail.place"] = "C'est ici :",
  ["mail.why"] = "Vous recevez cette lettre parce que votre adresse e-mail a été donnée quand la capsule a"
    .. " été écrite.",
  ["mail.choice"] = "Pour ne plus en recevoir, ou pour les permettre :",
  ["mail.choice_link"] = "Ne plus en recevoir ?",
  ["mail.stop_code"] = "Pour ne plus en recevoir, ouvrez la page /confirm du site et entrez ce code :",
  ["mail.late"] = "Cette lettre est en retard : elle devait partir à {time}.",
  ["mail.canary_subject"] = "Capsule temporelle : les lettres partent",
  ["mail.canary"] = "Voici la lettre qui montre de temps en temps que les lettres partent. Elle a été faite à"
    .. " {time}.",
  ["mail.canary_answer"] = "Suivez ce lien pour dire qu'elle est arrivée :",
  ["mail.question_subject"] = "Une capsule temporelle peut-elle vous écrire ?",
  ["mail.question"] = "Quelqu'un, nous espérons que c'était vous, a écrit une capsule temporelle et donné"
    .. " votre adresse e-mail pour un rappel. Elle s'ouvre le {time}.",
  ["mail.question_choice"] = "Dites ici si les lettres sont bienvenues :",
  ["mail.question_link"] = "Dire si les lettres sont bienvenues",
  ["mail.question_silence"] = "Sans un oui, vous ne recevrez pas de rappel.",
  ["mail.trial_subject"] = "Capsule temporelle : l'envoi marche",
  ["mail.trial"] = "Cette lettre a été envoyée à {time} par la commande qui essaie l'envoi. Les rappels"
    .. " prennent le même chemin.",

  ["reminder.title"] = "Une lettre à l'ouverture",
  ["reminder.none"] = "Aucune lettre n'annoncera l'ouverture.",
  ["reminder.waiting"] = "Le moment venu, une lettre part à {address}.",
  ["reminder.owed"] = "Une lettre ne part à {address} qu'après un oui de là-bas : notre question attend dans"
    .. " cette boîte.",
  ["reminder.ask"] = "Renvoyer la question",
  ["reminder.add"] = "Faire envoyer une lettre",
  ["reminder.change"] = "L'envoyer à une autre adresse",
  ["reminder.address"] = "Adresse e-mail",
  ["reminder.set_submit"] = "L'envoyer là",
  ["reminder.stop"] = "N'envoyer aucune lettre",
  ["reminder.set"] = "C'est fait. Voici la nouvelle adresse.",
  ["reminder.asked"] = "La question est en route, sauf si cette boîte a été interrogée depuis hier.",
  ["reminder.stopped"] = "C'est fait. Aucune lettre ne sera envoyée pour cette capsule.",
  ["reminder.too_late_title"] = "Elle s'est ouverte.",
  ["reminder.too_late"] = "L'heure de cette capsule est venue : sa clé l'ouvre maintenant, et sa lettre est"
    .. " en route ou arrivée.",

  ["confirm.code_lead"] = "Les lettres d'ici portent un code. Entrez-le pour dire si vous en voulez encore.",
  ["confirm.code"] = "Le code de la lettre",
  ["confirm.code_submit"] = "Continuer",
  ["confirm.title"] = "Rappels par e-mail",
  ["confirm.lead"] = "Ce site garde des messages jusqu'à un moment choisi par leurs auteurs. Quelqu'un, nous"
    .. " espérons que c'était vous, en a écrit un ici et a donné pour un rappel l'adresse e-mail où vous"
    .. " avez reçu notre lien.",
  ["confirm.silence_no"] = "Sans un oui, aucun rappel n'est envoyé.",
  ["confirm.silence_yes"] = "Si vous ne faites rien, il est envoyé, sauf si vous avez dit non un jour.",
  ["confirm.change"] = "Vous avez changé d'avis ?",
  ["confirm.stop"] = "Aucun e-mail d'ici",
  ["confirm.stop_help"] = "Les rappels en attente sont annulés et effacés. Les capsules restent, et leurs"
    .. " clés les ouvrent ; une clé que seul un rappel portait est perdue avec lui.",
  ["confirm.stop_submit"] = "Non, ne m'écrivez jamais",
  ["confirm.stopped"] = "Plus aucun e-mail ne viendra à cette adresse.",
  ["confirm.welcome"] = "Les rappels sont bienvenus",
  ["confirm.welcome_help"] = "Vous recevez un e-mail quand vient l'heure d'une capsule pour laquelle cette"
    .. " adresse a été donnée.",
  ["confirm.welcome_again"] = "Désormais vous recevez un e-mail quand vient l'heure d'une capsule pour"
    .. " laquelle cette adresse a été donnée. Les rappels annulés ne reviennent pas.",
  ["confirm.welcome_submit"] = "Oui, envoyez-moi des rappels",
  ["confirm.confirmed"] = "Des rappels seront envoyés à cette adresse.",
  ["confirm.bad_token"] = "Ce lien n'est pas entier, ou n'est pas des nôtres.",
  ["confirm.bad_token_advice"] = "Copiez-le en entier depuis l'e-mail.",
}
