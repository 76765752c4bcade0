--- Français.  A site's language: `timecapsule serve --site docs/examples/french`.  Everything that visitors meet is
--- here and in the folders beside; what is for programs (the API) and for admins is not, and is said in English, with a
--- warning when the site is checked or loaded: so a later version may ask for more.
return {
  ["site.name"] = "Capsule temporelle",
  ["site.language"] = "Français",
  ["site.tags"] = "fr-FR fr-BE fr-CA fr-CH",
  ["site.complete"] = "no",
  ["site.direction"] = "ltr",
  ["site.sentences"] = "{first} {second}",
  ["site.summary"] = "Écrivez un message, choisissez quand il pourra être lu, et gardez la clé.",
  ["site.card_alt"] = "Une capsule dans la terre, sous un soleil qui va se lever",
  ["site.skip"] = "Aller au contenu",
  ["site.footer"] = "Des mots scellés aujourd'hui, lus quand leur heure sera venue.",

  ["nav.label"] = "Navigation principale",
  ["nav.home"] = "Accueil",
  ["nav.put"] = "Écrire une capsule",
  ["nav.open"] = "Ouvrir une capsule",
  ["nav.about"] = "À propos",
  ["nav.privacy"] = "Vie privée",
  ["nav.gone"] = "Et si ce site disparaît ?",
  ["nav.contact"] = "Contact et mentions légales",
  ["nav.site"] = "À propos de ce site",
  ["nav.language"] = "Langue",
  ["nav.next"] = "Et ensuite",

  ["form.optional"] = "facultatif",
  ["form.summary"] = "Quelques points sont à revoir",
  ["form.count"] = "{count} caractères sur {max}",

  ["copy.button"] = "Copier la clé",
  ["copy.link"] = "Copier le lien",
  ["copy.content"] = "Copier le message",
  ["copy.sealed"] = "Copier le texte chiffré",
  ["copy.done"] = "Copié.",
  ["copy.failed"] = "Votre navigateur n'a pas pu copier. Le texte est sélectionné : copiez-le à la main.",

  ["moment.pattern"] = "%-d %B %Y à %H:%M:%S",
  ["moment.months"] = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
  ["moment.date"] = "%-d %B %Y",
  ["moment.text"] = "{moment} ({zone})",
  ["moment.zone"] = "{name}, UTC{offset}",
  ["moment.locale"] = "fr-FR",

  ["span.year"] = "1 an",
  ["span.years"] = "{n} ans",
  ["span.month"] = "1 mois",
  ["span.months"] = "{n} mois",
  ["span.day"] = "1 jour",
  ["span.days"] = "{n} jours",
  ["span.hour"] = "1 heure",
  ["span.hours"] = "{n} heures",
  ["span.minute"] = "une minute",
  ["span.minutes"] = "{n} minutes",

  ["home.title"] = "Des mots pour plus tard",
  ["home.lead"] = "Écrivez un message, choisissez quand il pourra être lu, et gardez la clé. Jusque-là, la"
    .. " clé ne montre qu'un mot laissé par vous ; à partir de cette seconde, elle montre votre message.",
  ["home.how"] = "Comment ça marche",
  ["home.step_write"] = "Écrire",
  ["home.step_write_text"] = "Une lettre, une promesse, un pari sur l'avenir. Dites quand on pourra la lire :"
    .. " dans une heure ou dans cinquante ans.",
  ["home.step_keep"] = "Garder la clé",
  ["home.step_keep_text"] = "Vous la recevez une seule fois. Notez-la, imprimez-la, ou donnez-la à qui de"
    .. " droit.",
  ["home.step_open"] = "Ouvrir",
  ["home.step_open_text"] = "Le jour venu, entrez la clé et lisez.",
  ["home.step_open_reminder"] = "Si vous avez laissé une adresse, un e-mail vous le rappelle.",
  ["home.promise"] = "Pas de compte. Pas de pistage. Rien n'est demandé à personne d'autre. Écrire et ouvrir"
    .. " marchent sans JavaScript ; seule la phrase secrète en a besoin.",
  ["home.more"] = "Les capsules temporelles : six questions",

  ["put.title"] = "Écrire une capsule",
  ["put.lead"] = "Prenez votre temps. Pendant {minutes} minutes après l'avoir scellée, vous pourrez la"
    .. " reprendre ; ensuite, personne ne pourra en changer un mot.",
  ["put.lead_final"] = "Prenez votre temps : une fois scellée, personne ne pourra en changer un mot.",
  ["put.failed_title"] = "Pas encore scellée",
  ["put.failed_lead"] = "Rien n'est perdu. Corrigez ce qui est marqué, puis scellez.",
  ["put.taken_back"] = "Reprise. L'ancienne clé ne marche plus, et rien n'est enregistré tant que vous ne"
    .. " scellez pas.",
  ["put.then_key"] = "Vous recevrez une clé, montrée une seule fois. Pendant {minutes} minutes vous pourrez"
    .. " reprendre la capsule.",
  ["put.code"] = "Votre code",
  ["put.code_help"] = "Ici, seuls ceux qui ont reçu un code écrivent des capsules. Tout le monde peut les"
    .. " ouvrir.",
  ["put.message"] = "Le message",
  ["put.name"] = "De",
  ["put.name_help"] = "Montré à l'ouverture.",
  ["put.to"] = "Pour",
  ["put.to_help"] = "Montré à l'ouverture.",
  ["put.content"] = "Ce que vous voulez dire",
  ["put.content_help"] = "Jusqu'à {n} caractères. Les sauts de ligne sont gardés.",
  ["put.when"] = "Quand elle s'ouvre",
  ["put.time"] = "S'ouvre le",
  ["put.time_help"] = "Dans {years} ans au plus.",
  ["put.tz"] = "Fuseau horaire",
  ["put.tz_help"] = "L'heure d'ouverture est celle de ce fuseau.",
  ["put.words"] = "{moment}. C'est dans {distance}.",
  ["put.reading"] = "Quel moment voulez-vous dire ?",
  ["put.reading_browser"] = "{moment} (UTC), selon votre navigateur",
  ["put.reading_server"] = "{moment} (UTC), selon ce serveur",
  ["put.gap"] = "Les horloges de ce fuseau sautent cette heure. Choisissez-en une avant ou après.",
  ["put.shortcuts"] = "Moments courants",
  ["put.in_month"] = "Dans un mois",
  ["put.in_year"] = "Dans un an",
  ["put.in_ten_years"] = "Dans dix ans",
  ["put.next_birthday"] = "Un anniversaire",
  ["put.birthday"] = "Date de naissance",
  ["put.birthday_help"] = "Elle sert ici à trouver le jour, et n'est pas envoyée.",
  ["put.which_birthday"] = "Quel anniversaire ?",
  ["put.which_birthday_help"] = "18 pour le dix-huitième. Vide : le prochain.",
  ["put.optional_parts"] = "Si vous voulez",
  ["put.note"] = "Un mot pour qui vient trop tôt",
  ["put.note_line"] = "Montré avant l'heure à qui a la clé.",
  ["put.note_help"] = "Jusqu'à {n} caractères. Si vous laissez vide, une phrase aimable le remplace.",
  ["put.reminder"] = "Un e-mail quand l'heure est venue",
  ["put.reminder_line"] = "À une seule adresse, qui ne sert à rien d'autre.",
  ["put.email"] = "Adresse e-mail",
  ["put.email_help"] = "La vôtre, ou celle du destinataire.",
  ["put.mail_to_files"] = "Ce site ne peut pas envoyer d'e-mail. Après avoir scellé, vous pourrez enregistrer"
    .. " un rappel d'agenda.",
  ["put.mail_key"] = "M'envoyer la clé dans cet e-mail",
  ["put.mail_key_help"] = "Coché : vous pouvez perdre la clé, mais jusqu'à l'envoi ce serveur pourrait ouvrir"
    .. " la capsule. Décoché : gardez-la vous-même.",
  ["put.submit"] = "Sceller la capsule",
  ["put.sealing"] = "On scelle…",
  ["put.day_full"] = "Ce site a déjà scellé aujourd'hui autant de capsules qu'il en prend par jour.",
  ["put.draft"] = "Ce que vous aviez écrit ici est revenu.",
  ["put.draft_clear"] = "Recommencer",

  ["put_done.title"] = "Votre capsule est scellée",
  ["put_done.lead"] = "Gardez cette clé maintenant. Elle n'est montrée qu'une fois, et personne ne peut la"
    .. " retrouver.",
  ["put_done.lead_mailed"] = "Gardez cette clé maintenant. Elle n'est montrée qu'une fois ; ensuite, seul le"
    .. " rappel l'apporte.",
  ["put_done.opens"] = "S'ouvre le",
  ["put_done.key"] = "La clé de votre capsule",
  ["put_done.copy_both"] = "Copier la clé et le lien",
  ["put_done.print"] = "Imprimer une carte",
  ["put_done.card"] = "Une capsule temporelle attend cette clé. Le moment venu, entrez la clé sur le site où"
    .. " elle a été écrite. Personne ne peut remplacer cette carte.",
  ["put_done.glyphs"] = "Majuscules et minuscules diffèrent. Les caractères soulignés sont des chiffres.",
  ["put_done.from"] = "De {name}",
  ["put_done.to"] = "Pour {name}",
  ["put_done.link"] = "Un lien qui porte la clé",
  ["put_done.link_help"] = "Qui a ce lien peut ouvrir la capsule : ne le donnez qu'aux destinataires.",
  ["put_done.share"] = "Partager",
  ["put_done.scan"] = "Scannez-le avec un autre téléphone",
  ["put_done.qr_label"] = "Code QR de la clé",
  ["put_done.mailed"] = "Un rappel",
  ["put_done.mailed_with_key"] = "Le moment venu, un rappel avec la clé part à cette adresse. Jusqu'à son"
    .. " envoi, le serveur peut ouvrir cette capsule.",
  ["put_done.mailed_without_key"] = "Le moment venu, un rappel sans la clé part à cette adresse. Gardez la"
    .. " clé vous-même.",
  ["put_done.owed_with_key"] = "Nous demandons d'abord à cette adresse si les rappels y sont bienvenus. Un"
    .. " rappel avec la clé n'y part, le moment venu, qu'après un oui : gardez donc aussi la clé vous-même."
    .. " Jusque-là, le serveur peut ouvrir cette capsule.",
  ["put_done.owed_without_key"] = "Nous demandons d'abord à cette adresse si les rappels y sont bienvenus. Un"
    .. " rappel, sans la clé, n'y part, le moment venu, qu'après un oui.",
  ["put_done.mail_to_files"] = "L'e-mail n'est pas configuré sur ce serveur : le rappel y sera écrit dans un"
    .. " fichier et ne vous parviendra pas. Prévoyez le vôtre, par exemple dans votre agenda.",
  ["put_done.file_with_key"] = "Ce fichier contiendra la clé ; gardez la vôtre.",
  ["put_done.file_without_key"] = "La clé n'y sera pas.",
  ["put_done.calendar"] = "Dans votre agenda",
  ["put_done.calendar_help"] = "Un fichier pour votre agenda, avec une alarme à l'heure d'ouverture.",
  ["put_done.calendar_submit"] = "Enregistrer le rappel",
  ["put_done.undo"] = "Un doute ?",
  ["put_done.undo_help"] = "Jusqu'au {time} vous pouvez la reprendre. La capsule est alors effacée et ce que"
    .. " vous aviez écrit revient dans le formulaire.",
  ["put_done.undo_submit"] = "La reprendre",

  ["try.title"] = "Essayez votre clé",
  ["try.help"] = "Recopiez-la de là où vous l'avez notée. Elle est comparée sur cette page et n'est envoyée"
    .. " nulle part.",
  ["try.key"] = "La clé telle que vous l'avez notée",
  ["try.submit"] = "Essayer",
  ["try.right"] = "C'est bien la clé. Vous l'avez.",
  ["try.right_both"] = "C'est bien la clé, et c'est bien la phrase secrète. Vous avez les deux.",
  ["try.wrong"] = "Ce n'est pas la clé ci-dessus. Majuscules et minuscules diffèrent.",
  ["try.no_passphrase"] = "C'est bien la clé. La phrase secrète, maintenant : il faut les deux.",

  ["keepsake.title"] = "Gardez-la dans vos fichiers",
  ["keepsake.help"] = "Une page avec la clé, le lien, l'heure d'ouverture et le mode d'emploi. Votre message"
    .. " n'y est pas.",
  ["keepsake.submit"] = "Enregistrer la page",
  ["keepsake.file_name"] = "cle-de-capsule",
  ["keepsake.heading"] = "La clé d'une capsule temporelle",
  ["keepsake.opens"] = "Elle s'ouvre le",
  ["keepsake.how"] = "Comment l'ouvrir",
  ["keepsake.how_link"] = "Le moment venu, suivez le lien ou scannez le code : il porte la clé.",
  ["keepsake.how_key"] = "Ou allez sur le site où la capsule attend, choisissez « Ouvrir une capsule », et"
    .. " entrez la clé.",
  ["keepsake.early"] = "Avant cette heure, la clé ne montre que le mot qui a été laissé.",
  ["keepsake.passphrase"] = "Le message est aussi fermé par une phrase secrète. Elle n'est pas sur cette page.",
  ["keepsake.care"] = "Qui a cette page peut ouvrir la capsule. Personne ne peut la remplacer : gardez-en une"
    .. " copie.",

  ["open.title"] = "Ouvrir une capsule",
  ["open.lead"] = "Entrez la clé qui l'accompagne.",
  ["open.key"] = "Clé de la capsule",
  ["open.key_help"] = "Avec ou sans tirets et espaces. Majuscules et minuscules diffèrent.",
  ["open.no_script"] = "Vous avez suivi un lien ? Sa clé se trouve après le signe # dans l'adresse. Copiez-la"
    .. " dans le champ.",
  ["open.submit"] = "Ouvrir",
  ["open.again"] = "Cette page a été vidée quand vous l'avez quittée, pour que personne d'autre ne la lise"
    .. " ici. La clé l'ouvre de nouveau.",

  ["not_yet.title"] = "Pas encore",
  ["not_yet.right"] = "Votre clé est bonne. La capsule s'ouvre le",
  ["not_yet.whole"] = "Votre clé est bonne. La capsule vient d'être vérifiée et elle est intacte. Elle"
    .. " s'ouvre le",
  ["not_yet.note"] = "Un mot vous attend",
  ["not_yet.default_note"] = "Son heure n'est pas venue. Revenez le moment venu ; certaines choses gagnent à"
    .. " attendre.",
  ["not_yet.left"] = "Temps restant",
  ["not_yet.come"] = "L'heure est venue.",
  ["not_yet.open_now"] = "Ouvrir maintenant",
  ["not_yet.look_again"] = "Vérifier encore",
  ["not_yet.advice"] = "Gardez la clé, et entrez-la de nouveau le moment venu.",

  ["opened.eyebrow"] = "L'heure est venue",
  ["opened.title"] = "Une capsule, ouverte",
  ["opened.from"] = "De {name}",
  ["opened.to"] = "Pour {name}",
  ["opened.written"] = "Écrite le {date} · scellée pendant {span}",
  ["opened.created"] = "Écrite le",
  ["opened.opens"] = "Scellée jusqu'au",
  ["opened.back"] = "Répondre par une capsule",
  ["opened.content"] = "Le message",
  ["opened.print"] = "Imprimer",
  ["opened.save"] = "Enregistrer dans un fichier",
  ["opened.save_sealed"] = "Enregistrer le texte chiffré",
  ["opened.file_name"] = "capsule-temporelle",

  ["sealed_page.save"] = "Enregistrer une page scellée",
  ["sealed_page.help"] = "Une page pour vos fichiers : elle s'ouvre avec la phrase secrète, sans ce site et"
    .. " sans réseau.",
  ["sealed_page.failed"] = "Elle n'a pas pu être faite. Réessayez quand ce site sera joignable.",
  ["sealed_page.lead"] = "Ce message est fermé par une phrase secrète. Entrez-la pour lire : tout se passe"
    .. " sur cette page, et rien n'est envoyé.",
  ["sealed_page.unavailable"] = "Ce navigateur ne déchiffre pas dans un fichier. Ouvrez la page avec un autre.",

  ["seal.summary"] = "La fermer aussi par une phrase secrète",
  ["seal.line"] = "Alors même qui gère ce site ne peut pas la lire.",
  ["seal.help"] = "Votre navigateur chiffre le message avant de l'envoyer. La phrase secrète ne quitte jamais"
    .. " cette page, et le serveur ne voit jamais vos mots.",
  ["seal.nobody"] = "Personne ne peut retrouver une phrase secrète : sans elle, ce que vous avez écrit reste"
    .. " illisible pour toujours, pour vous aussi.",
  ["seal.passphrase"] = "Phrase secrète",
  ["seal.again"] = "La même phrase secrète encore une fois",
  ["seal.show"] = "Montrer ce qui est tapé",
  ["seal.make"] = "En inventer une pour moi",
  ["seal.make_help"] = "Sept mots anglais, tirés au hasard dans votre navigateur. Notez-les avant de sceller"
    .. " la capsule.",
  ["seal.made"] = "{words} mots tirés au hasard : {bits} bits, bien trop pour être devinés. Notez-les"
    .. " maintenant.",
  ["seal.weak"] = "Faible : environ {bits} bits. Quelques ordinateurs la devineraient en quelques jours.",
  ["seal.fair"] = "Moyenne : environ {bits} bits. Elle arrête les curieux, pas quelqu'un qui a beaucoup"
    .. " d'ordinateurs et des années devant lui.",
  ["seal.good"] = "Bonne : environ {bits} bits, autant qu'une page puisse en juger. Elle ne connaît ni les"
    .. " noms, ni les citations, ni ce que vous utilisez ailleurs.",
  ["seal.different"] = "Les deux phrases secrètes diffèrent.",
  ["seal.no_time"] = "Choisissez d'abord l'heure d'ouverture : elle est scellée dans le message chiffré.",
  ["seal.other_time"] = "Le message chiffré s'ouvre à une autre heure que celle que vous avez choisie."
    .. " Déchiffrez-le d'abord ici, et il sera chiffré de nouveau pour cette heure.",
  ["seal.safe"] = "Votre message est en sûreté dans ce formulaire, chiffré avec votre phrase secrète.",
  ["seal.as_it_is"] = "Vous pouvez sceller la capsule telle quelle.",
  ["seal.show_text"] = "Montrer le texte chiffré",
  ["seal.time_fixed"] = "Cette heure est scellée dans votre message chiffré. Pour en choisir une autre,"
    .. " déchiffrez-le d'abord.",
  ["seal.locked"] = "Pour lire ou changer le message, ou choisir une autre heure d'ouverture, déchiffrez-le.",
  ["seal.unlock"] = "Le lire ou le changer",
  ["seal.working"] = "Calcul en cours. C'est lent exprès : deviner en devient lent aussi.",
  ["seal.passphrase_wrong"] = "Ce n'est pas la phrase secrète. Majuscules, minuscules et espaces comptent.",
  ["seal.unavailable"] = "Les navigateurs ne chiffrent que sur des pages venues par https ou de cet"
    .. " ordinateur même, et celle-ci est venue par http. Ouvrez le site par son adresse https pour utiliser"
    .. " une phrase secrète.",
  ["seal.too_old"] = "Ce navigateur est trop ancien pour chiffrer ici. Un plus récent le peut.",
  ["seal.done"] = "Le message est chiffré avec votre phrase secrète. Pour le lire il faut les deux, cette clé"
    .. " et la phrase secrète, et personne ne peut retrouver ni l'une ni l'autre.",

  ["unseal.title"] = "Un message chiffré",
  ["unseal.note"] = "Qui a écrit ce message l'a chiffré avec une phrase secrète. Entrez celle qu'on vous a"
    .. " donnée ; elle ne quitte pas cette page.",
  ["unseal.note_legacy"] = "C'est une capsule plus ancienne : son chiffrement est plus faible que celui"
    .. " d'aujourd'hui. Entrez la phrase secrète que son auteur vous a donnée ; elle ne quitte pas cette"
    .. " page.",
  ["unseal.ask"] = "Pas de phrase secrète ? Demandez à qui a laissé la capsule. Personne d'autre ne peut la"
    .. " retrouver.",
  ["unseal.no_script"] = "Pour déchiffrer ici, activez JavaScript. Le texte chiffré ci-dessous est exactement"
    .. " celui qui a été enregistré.",
  ["unseal.submit"] = "Déchiffrer",
  ["unseal.opened"] = "Déchiffré.",
  ["unseal.agrees"] = "Déchiffré. Il est inchangé, et l'heure d'ouverture scellée dedans est celle que ce"
    .. " serveur a gardée.",
  ["unseal.differs"] = "Attention : le message a été scellé pour s'ouvrir à {sealed}, mais ce serveur l'a"
    .. " donné pour {served}. Quelqu'un a changé l'heure.",
  ["unseal.damaged"] = "Le message est abîmé, ou quelqu'un l'a changé. Tel quel, aucune phrase secrète ne"
    .. " peut l'ouvrir.",
  ["unseal.failed"] = "Cela ne l'a pas ouvert. La phrase secrète est une autre, ou le message est abîmé ;"
    .. " l'ancien format ne permet pas de le dire. Chaque caractère compte, les espaces aussi.",
  ["unseal.weak"] = "Déchiffré. L'ancien format est faible : rien ne prouve que le message est complet et"
    .. " inchangé.",
  ["unseal.openssl"] = "Déchiffré. C'est OpenSSL qui l'a écrit, avec {options}. Son format est faible : rien"
    .. " ne prouve que le message est complet et inchangé.",
  ["unseal.layer"] = "Une couche est ouverte, et le message est chiffré une fois encore en dessous. Entrez"
    .. " l'autre phrase secrète.",
  ["unseal.unavailable"] = "Les navigateurs ne déchiffrent que sur des pages venues par https ou de cet"
    .. " ordinateur même, et celle-ci est venue par http. Ouvrez le site par son adresse https pour"
    .. " déchiffrer le message.",

  ["introduce.title"] = "Les capsules temporelles",
  ["introduce.lead"] = "Six questions que l'on pose, et des réponses honnêtes.",
  ["introduce.what"] = "Qu'est-ce qu'une capsule temporelle ?",
  ["introduce.what_1"] = "Un message qui attend. Vous l'écrivez aujourd'hui et choisissez le moment à partir"
    .. " duquel on pourra le lire : la semaine prochaine, un anniversaire, le jour où un enfant aura"
    .. " dix-huit ans.",
  ["introduce.what_2"] = "En échange vous recevez une clé de lettres et de chiffres. Avant l'heure"
    .. " d'ouverture, la clé ne montre que le mot que vous avez laissé. À partir de cette seconde, elle"
    .. " montre votre message, à quiconque a la clé, aussi souvent qu'on veut.",
  ["introduce.have_key"] = "J'ai une clé. Que faire ?",
  ["introduce.have_key_1"] = "Allez à « Ouvrir une capsule » et entrez-la, avec ou sans les tirets."
    .. " Majuscules et minuscules diffèrent.",
  ["introduce.have_key_2"] = "S'il est trop tôt, vous voyez le mot et le moment où revenir. Si rien n'est"
    .. " trouvé, regardez encore les signes que l'on confond : 0, O et o ; 1, l et I.",
  ["introduce.mailbox"] = "À quoi sert l'adresse e-mail ?",
  ["introduce.mailbox_1"] = "À une seule chose : le moment venu, un e-mail vous le rappelle. Elle est"
    .. " facultative, et ne sert à rien d'autre.",
  ["introduce.mailbox_2"] = "Le rappel porte la clé, sauf si vous décochez cela. C'est commode si vous perdez"
    .. " la vôtre, mais jusqu'à l'envoi du rappel le serveur peut ouvrir la capsule.",
  ["introduce.leave"] = "Comment en écrire une ?",
  ["introduce.leave_1"] = "Allez à « Écrire une capsule ». Dites de qui elle vient, écrivez votre message, et"
    .. " choisissez le jour, l'heure et le fuseau. Vous pouvez ajouter un mot pour qui vient trop tôt et une"
    .. " adresse e-mail pour le rappel.",
  ["introduce.leave_2"] = "Puis gardez bien la clé. Elle est montrée une fois, et personne ne pourra la"
    .. " rechercher pour vous.",
  ["introduce.leave_passphrase"] = "Si le message est pour quelqu'un qui partage un secret avec vous,"
    .. " chiffrez-le avec une phrase secrète : votre navigateur le fait avant tout envoi, si bien que même"
    .. " qui gère le serveur ne peut pas le lire. Personne ne peut retrouver une phrase secrète.",
  ["introduce.delete"] = "Puis-je en effacer une ?",
  ["introduce.delete_1"] = "Pendant {minutes} minutes, oui : la page qui montre la clé a un bouton pour"
    .. " reprendre la capsule. Ce que vous avez écrit revient dans le formulaire.",
  ["introduce.delete_2"] = "Après, non. Une capsule que l'on pourrait déterrer et changer n'en serait pas"
    .. " une. Choisissez donc vos mots comme pour une lettre déjà postée.",
  ["introduce.delete_never"] = "Non. Une capsule que l'on pourrait déterrer et changer n'en serait pas"
    .. " une. Choisissez donc vos mots comme pour une lettre déjà postée.",
  ["introduce.privacy"] = "Et la vie privée ?",
  ["introduce.privacy_lead"] = "Ce que vous écrivez est enregistré scellé, sous sa propre clé, qui n'est pas"
    .. " enregistrée. Votre visite n'appartient qu'à vous : pas de compte, pas de pistage, pas de requête à"
    .. " des tiers.",

  ["fault.kept"] = "Ce que vous avez tapé est encore dans le formulaire si vous revenez en arrière.",
  ["fault.request_id"] = "Si vous écrivez à qui gère ce serveur, indiquez ce numéro :",
  ["fault.key_help"] = "Avant de renoncer à une clé",
  ["fault.key_ask"] = "Toujours rien ? Demandez à qui vous a donné la clé : il manque peut-être un caractère,"
    .. " ou la capsule a été reprise.",
  ["fault.key_case"] = "Majuscules et minuscules diffèrent : a et A sont deux lettres différentes.",
  ["fault.key_zero"] = "0 est le chiffre zéro, O la lettre majuscule, o la minuscule.",
  ["fault.key_one"] = "1 est le chiffre un, l la lettre L minuscule, I la lettre i majuscule.",
  ["fault.key_dashes"] = "Tirets et espaces n'ont pas d'importance. Tous les autres caractères en ont.",

  ["error.name_missing"] = "Dites de qui elle vient.",
  ["error.name_long"] = "« De » a {count} caractères ; il en tient {max} au plus.",
  ["error.name_control"] = "« De » tient sur une ligne, sans caractères de contrôle.",
  ["error.to_missing"] = "Dites pour qui elle est.",
  ["error.to_long"] = "« Pour » a {count} caractères ; il en tient {max} au plus.",
  ["error.to_control"] = "« Pour » tient sur une ligne, sans caractères de contrôle.",
  ["error.content_missing"] = "Écrivez un message.",
  ["error.content_long"] = "Le message a {count} caractères ; il en tient {max} au plus.",
  ["error.sealed_long"] = "Le message chiffré a {count} octets ; il en tient {max} au plus.",
  ["error.sealed_bad"] = "Un message qui commence par « TC2. » compte comme chiffré, et celui-ci n'est pas"
    .. " entier. Commencez par un autre mot, ou chiffrez-le de nouveau.",
  ["error.sealed_time"] = "Le message a été chiffré pour {sealed}, mais la capsule doit s'ouvrir à {chosen}"
    .. " ({zone}). Choisissez de nouveau cette heure, ou déchiffrez le message et scellez-le de nouveau. Si"
    .. " vous n'avez rien changé, votre navigateur et ce serveur connaissent des règles différentes pour ce"
    .. " fuseau : choisissez UTC.",
  ["error.note_missing"] = "Écrivez un mot pour qui vient trop tôt.",
  ["error.note_long"] = "Le mot a {count} caractères ; il en tient {max} au plus.",
  ["error.email_missing"] = "Entrez une adresse e-mail.",
  ["error.email_long"] = "L'adresse e-mail dépasse 254 octets.",
  ["error.email_bad"] = "Ce n'est pas une adresse e-mail. Entrez-en une comme name@example.org.",
  ["error.code_missing"] = "Entrez le code que vous a donné qui gère ce site.",
  ["error.code_long"] = "Aucun code n'est aussi long ; il tient {max} caractères au plus.",
  ["error.code_control"] = "Un code tient sur une ligne de texte.",
  ["error.code_wrong"] = "Ce code n'est pas de ce site. Demandez à qui le gère.",
  ["error.not_shown"] = "Il est bien trop long pour être montré ici de nouveau ; le « retour » de votre"
    .. " navigateur l'a peut-être encore.",
  ["error.email_full"] = "Déjà {max} lettres attendent ici pour cette adresse, et on n'en prend pas plus."
    .. " Laissez l'adresse vide, ou entrez-en une autre.",
  ["error.time_missing"] = "Choisissez l'heure d'ouverture.",
  ["error.time_bad"] = "Ce n'est pas une date et une heure. Écrivez comme 2031-01-01 08:00.",
  ["error.time_differs"] = "Votre navigateur lit cette heure comme {browser} (UTC), ce serveur comme {server}"
    .. " (UTC) : l'un des deux ne sait pas encore ce qui a changé à {zone}. Choisissez le moment que vous"
    .. " voulez dire.",
  ["error.time_gap"] = "Les horloges de {zone} sautent cette heure : elles passent de {before} à {after}."
    .. " Choisissez une heure avant ou après.",
  ["error.time_past"] = "Ce moment est passé. Choisissez-en un plus tard.",
  ["error.time_far"] = "C'est trop loin. Choisissez un moment dans les {years} ans.",
  ["error.tz_bad"] = "Ce fuseau horaire n'existe pas.",
  ["error.field_missing"] = "À remplir : {label}.",
  ["error.field_long"] = "{label} : {count} caractères ; il en tient {max} au plus.",
  ["error.field_control"] = "{label} : une ligne, sans caractères de contrôle.",
  ["error.text_bad"] = "Ce n'est pas un texte valable (un NUL, ou des octets qui ne sont pas de l'UTF-8).",

  ["status.400_title"] = "Ce n'était pas compréhensible",
  ["status.400_message"] = "La demande n'était pas en ordre.",
  ["status.400_advice"] = "Revenez en arrière, rechargez la page et réessayez.",
  ["status.403_title"] = "Interdit",
  ["status.403_message"] = "Ceci ne vous est pas ouvert.",
  ["status.403_advice"] = "Repartez de l'accueil.",
  ["status.foreign_title"] = "Rien n'a été fait.",
  ["status.foreign"] = "Une page d'un autre site a envoyé cela en votre nom. Ouvrez ce site et envoyez-le"
    .. " d'ici.",
  ["status.stale"] = "Ce formulaire est trop ancien, ou une autre page l'a envoyé. Rouvrez sa page"
    .. " et renvoyez-le de là.",
  ["status.404_title"] = "Introuvable",
  ["status.404_message"] = "Cette page n'existe pas.",
  ["status.404_advice"] = "Vérifiez l'adresse, ou partez de l'accueil.",
  ["status.405_title"] = "Cela ne marche pas ici",
  ["status.405_message"] = "Cette page n'accepte pas ce genre de demande.",
  ["status.405_advice"] = "Repartez de l'accueil.",
  ["status.409_title"] = "Ce n'est plus possible",
  ["status.409_message"] = "Les choses ont changé entre-temps.",
  ["status.409_advice"] = "Rien n'a été changé.",
  ["status.413_title"] = "Trop long",
  ["status.413_message"] = "Ce qui a été envoyé est plus grand que ce que ce serveur accepte.",
  ["status.413_advice"] = "Revenez en arrière, raccourcissez, et renvoyez.",
  ["status.415_title"] = "Format inconnu",
  ["status.415_message"] = "Ce qui a été envoyé est dans un format qui n'est pas lu ici.",
  ["status.415_advice"] = "Revenez en arrière et utilisez le formulaire.",
  ["status.422_title"] = "Pas accepté",
  ["status.422_message"] = "Une partie de ce qui a été envoyé est à revoir.",
  ["status.422_advice"] = "Revenez en arrière, relisez ce que vous avez tapé, et renvoyez.",
  ["status.429_title"] = "Trop d'essais",
  ["status.429_message"] = "Il y a eu trop de demandes en peu de temps.",
  ["status.429_advice"] = "Attendez une minute et réessayez.",
  ["status.500_title"] = "Quelque chose s'est cassé",
  ["status.500_message"] = "La faute est à nous, pas à vous. Elle a été notée.",
  ["status.500_advice"] = "Réessayez plus tard.",
  ["status.503_title"] = "Indisponible pour le moment",
  ["status.503_message"] = "Le serveur ne peut pas répondre pour le moment.",
  ["status.503_advice"] = "Attendez quelques secondes et réessayez.",
  ["status.no_capsule"] = "Aucune capsule ne s'ouvre avec cette clé.",

  ["undo.too_late_title"] = "Il est trop tard pour la reprendre.",
  ["undo.too_late"] = "Votre capsule reste bien scellée, et votre clé l'ouvrira le moment venu, à moins"
    .. " qu'elle n'ait été reprise avant.",

  ["calendar.summary"] = "Une capsule temporelle s'ouvre",
  ["calendar.description"] = "La capsule peut maintenant être ouverte avec la clé {key}",
  ["calendar.description_link"] = "La capsule peut maintenant être ouverte avec la clé {key}, ou à {link}",
}
