--- Une capsule où beaucoup écrivent.
return {
  ["error.gather_off"] = "Ici, aucune capsule ne prend les lettres d'autrui.",
  ["error.gather_until_bad"] = "Ce n'est pas une date et une heure. Écrivez comme 2031-01-01 08:00, ou"
    .. " laissez vide.",
  ["error.gather_past"] = "Le dernier moment pour les lettres est passé. Choisissez-en un plus tard.",
  ["error.gather_late"] = "Le dernier moment pour les lettres ne peut pas venir après l'ouverture.",
  ["error.gather_most"] = "Donnez un nombre de lettres de 1 à {max}.",
  ["error.gather_sealed"] = "Une phrase secrète fermerait votre message et aucune des lettres des autres."
    .. " Enlevez-la, ou ne laissez personne ajouter de lettres.",

  ["add.unknown"] = "Aucune capsule ne prend de lettres sous ce code.",
  ["add.closed"] = "Cette capsule ne prend plus de lettres : le dernier moment est passé.",
  ["add.full"] = "Cette capsule est pleine : elle a autant de lettres qu'elle en prend.",
  ["add.title"] = "Ajouter une lettre à une capsule",
  ["add.lead"] = "Quelqu'un laisse d'autres écrire dans sa capsule et vous a donné un code ou un lien. Avec"
    .. " lui vous pouvez ajouter une lettre et ne rien lire.",
  ["add.code"] = "Le code",
  ["add.code_help"] = "Avec ou sans tirets et espaces. Majuscules et minuscules diffèrent.",
  ["add.no_script"] = "Vous avez suivi un lien ? Son code se trouve après le signe # dans l'adresse."
    .. " Copiez-le dans le champ.",
  ["add.go_on"] = "Continuer",
  ["add.unknown_advice"] = "Regardez encore le code : majuscules et minuscules diffèrent. S'il est juste, la"
    .. " capsule a été reprise ; demandez à qui vous a donné le code.",
  ["add.failed_title"] = "Pas encore ajoutée",
  ["add.of"] = "Commencée par {name}.",
  ["add.opens"] = "Elle s'ouvre le {time}.",
  ["add.letters"] = "Lettres jusqu'ici : {n}.",
  ["add.closes"] = "Elle prend des lettres jusqu'au {time}.",
  ["add.then"] = "À l'ouverture, qui a sa clé lit votre lettre avec toutes les autres. Jusque-là, personne ne"
    .. " le peut.",
  ["add.then_undo"] = "Pendant {minutes} minutes vous pouvez la reprendre.",
  ["add.submit"] = "Ajouter la lettre",
  ["add.taken_back"] = "Reprise. Votre lettre est effacée.",
  ["add.added_title"] = "Votre lettre y est",
  ["add.added_lead"] = "Vous n'avez rien à garder : la clé est chez qui a commencé la capsule.",
  ["add.undo_help"] = "Jusqu'au {time} vous pouvez la reprendre. La lettre est alors effacée ; personne ne"
    .. " peut vous la rendre.",
  ["add.undo_submit"] = "La reprendre",
  ["add.another"] = "Ajouter une autre lettre",
  ["add.too_late"] = "Votre lettre reste dans la capsule, à moins qu'elle n'ait été reprise avant.",

  ["gather.title"] = "Laisser d'autres ajouter des lettres",
  ["gather.line"] = "Une classe, une famille, les invités d'un mariage : toutes les lettres s'ouvrent"
    .. " ensemble.",
  ["gather.tick"] = "Laisser d'autres ajouter des lettres jusqu'à…",
  ["gather.help"] = "Vous recevez un lien à leur donner. Avec lui ils ajoutent des lettres et ne lisent rien."
    .. " Votre propre message peut alors être vide. Une phrase secrète n'est pas possible : elle ne"
    .. " fermerait que votre message.",
  ["gather.until"] = "Dernier moment pour les lettres",
  ["gather.until_help"] = "Vide : jusqu'à l'ouverture.",
  ["gather.most"] = "Combien de lettres au plus",
  ["gather.most_help"] = "De 1 à {max}.",
  ["gather.link"] = "Le lien pour les autres",
  ["gather.link_help"] = "Avec lui on peut ajouter une lettre et ne rien lire.",
  ["gather.code"] = "Ou le code seul, pour la page « Ajouter une lettre » :",
  ["gather.copy"] = "Le copier",
  ["gather.copy_code"] = "Copier le code",
  ["gather.qr_label"] = "Code QR du lien pour les autres",

  ["privacy.letter"] = "Une lettre que vous ajoutez à la capsule de quelqu'un est enregistrée scellée sous la clé"
    .. " de celle-ci, avec le nom que vous donnez ; elle est gardée et supprimée avec elle.",
  ["privacy.letter_undo"] = "Pendant {minutes} minutes vous pouvez la reprendre.",
  ["introduce.leave_gather"] = "Une classe, une famille ou les invités d'un mariage peuvent en remplir une"
    .. " ensemble : le volet sur les lettres des autres vous donne un lien pour eux. Avec lui ils ajoutent des"
    .. " lettres et ne lisent rien ; toutes s'ouvrent ensemble.",
  ["letters.title"] = "Les lettres des autres",
  ["letters.more_title"] = "D'autres lettres",
  ["letters.none"] = "Personne n'en a ajouté.",
  ["letters.unnamed"] = "Sans nom",
  ["letters.more"] = "Les lettres suivantes",
  ["letters.copy"] = "Tout copier",
  ["letters.damaged"] = "Lettres que l'on ne peut pas lire ici : {n}. Elles ont été changées ou abîmées là où"
    .. " elles sont gardées.",

  ["mail.closing_subject"] = "Lettres dans votre capsule jusqu'ici : {n}",
  ["mail.closing"] = "Lettres que d'autres ont ajoutées à votre capsule temporelle jusqu'ici : {n}. Dernier moment pour"
    .. " en ajouter : {time}.",
  ["mail.opens_then"] = "Elle s'ouvre le {time}.",
  ["mail.add_link"] = "Voici le lien pour ceux qui n'ont pas encore écrit. Avec lui ils peuvent ajouter une"
    .. " lettre et ne rien lire :",
}
