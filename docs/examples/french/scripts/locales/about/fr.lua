--- Pour qui, vie privée, contact, la fin du site.
return {
  ["home.for"] = "Pour qui",
  ["home.for_child"] = "Un parent",
  ["home.for_child_text"] = "« Chère Mia, aujourd'hui tu as fait tes premiers pas. » À lire le jour de ses"
    .. " dix-huit ans.",
  ["home.for_self"] = "Vous-même",
  ["home.for_self_text"] = "« Voici ce que je crains, et ce que j'espère. » À lire dans un an, pour voir ce"
    .. " qu'il en est.",
  ["home.for_friends"] = "Des amis",
  ["home.for_friends_text"] = "« Où vivrons-nous tous dans dix ans ? » Chacun écrit sa réponse ; on les ouvre"
    .. " ensemble aux retrouvailles.",

  ["privacy.title"] = "Vie privée",
  ["privacy.lead"] = "Ce que ce site garde de vous, combien de temps, et qui peut le lire.",
  ["privacy.kept"] = "Ce qui est gardé",
  ["privacy.capsule"] = "Ce que vous écrivez (de, pour, message, mot) est enregistré scellé sous la clé que"
    .. " vous recevez. La clé elle-même n'est pas enregistrée. Qui vole seulement la base de données ne peut"
    .. " rien ouvrir.",
  ["privacy.address"] = "L'adresse e-mail, si vous en donnez une, est enregistrée scellée jusqu'à l'envoi du"
    .. " rappel, puis effacée. De l'adresse il reste une empreinte, pour qu'un « ne m'écrivez jamais » ne"
    .. " soit pas oublié.",
  ["privacy.visit"] = "Il n'y a ni compte ni pistage, et votre navigateur ne demande rien à personne d'autre"
    .. " qu'à ce site. Un cookie retient votre langue si vous en choisissez une. Les journaux ne nomment ni"
    .. " clé, ni texte, ni adresse entière de votre appareil.",
  ["privacy.long"] = "Combien de temps",
  ["privacy.forever"] = "Les capsules sont gardées aussi longtemps que ce site existe, même après leur"
    .. " ouverture. Pendant {minutes} minutes vous pouvez en reprendre une nouvelle ; elle est alors effacée"
    .. " aussitôt.",
  ["privacy.forever_final"] = "Les capsules sont gardées aussi longtemps que ce site existe, même après leur"
    .. " ouverture.",
  ["privacy.backups"] = "Des sauvegardes peuvent contenir une copie scellée quelque temps encore après un"
    .. " effacement.",
  ["privacy.readers"] = "Qui peut lire",
  ["privacy.holder"] = "À partir de l'heure d'ouverture : qui a la clé. Avant : personne par ce site, sauf le"
    .. " mot laissé et l'heure.",
  ["privacy.operator"] = "Qui gère ce site pourrait lire un message au moment où il est scellé ou ouvert et,"
    .. " tant qu'un rappel qui porte la clé attend, cette capsule-là. Pas si vous l'avez fermée par une"
    .. " phrase secrète : seuls ceux qui la connaissent le peuvent alors.",
  ["privacy.rights"] = "Vos droits",
  ["privacy.rights_text"] = "Qui gère ce site répond aux questions sur vos données et efface une capsule si"
    .. " vous prouvez par sa clé qu'elle est à vous.",
  ["privacy.more"] = "Les termes exacts, pour les experts, sont dans la documentation du programme sur la"
    .. " sécurité.",

  ["gone.title"] = "Et si ce site disparaît ?",
  ["gone.lead"] = "Une capsule vit ici et nulle part ailleurs. Pensez donc au jour où ce site ne sera plus là.",
  ["gone.copy"] = "Gardez une copie de ce qui ne doit pas se perdre",
  ["gone.copy_text"] = "Un message que quelqu'un doit absolument lire un jour mérite une deuxième place : une"
    .. " enveloppe fermée, un fichier chez une personne de confiance. La capsule apporte la surprise ; la"
    .. " copie, la sûreté.",
  ["gone.key"] = "La clé seule ne contient pas le message",
  ["gone.key_text"] = "La clé, le lien et le code QR ouvrent la capsule sur ce site. Sans le site ils"
    .. " n'ouvrent rien, et personne d'autre n'a le texte.",
  ["gone.notice"] = "Si ce site ferme",
  ["gone.notice_text"] = "Ses données peuvent déménager : le programme exporte chaque capsule telle quelle,"
    .. " scellée, et un autre serveur avec le même programme l'ouvre avec la même clé. Qui gère ce site"
    .. " devrait l'annoncer ici avant de fermer.",
  ["gone.opened"] = "Une fois ouverte",
  ["gone.opened_text"] = "Enregistrez le message dans un fichier ou imprimez-le. Un message fermé par une"
    .. " phrase secrète peut être enregistré comme une page qui s'ouvre d'elle-même, sans ce site.",

  ["contact.title"] = "Contact et mentions légales",
  ["contact.unsaid"] = "Qui gère ce site n'a pas dit ici comment le joindre.",
  ["contact.operator"] = "Qui gère ce site",
  ["contact.contact"] = "Questions",
  ["contact.abuse"] = "Signaler un abus",
  ["contact.abuse_text"] = "Pour des menaces, de la haine, ou des données d'autrui dans une capsule. Dites"
    .. " d'où vient la clé, et envoyez-la : sans elle, personne ne peut trouver la capsule.",
}
