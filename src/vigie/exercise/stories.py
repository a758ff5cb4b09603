"""What each kind of campaign is about, told to a trainer in both languages."""

# ruff: noqa: E501 - what people say stays on one line

from __future__ import annotations

STORIES = {  # kind: French, English
    "fast": (
        "{count} comptes relaient en quelques secondes les mêmes publications peu connues, pour faire croire à un élan en faveur de {name}.",
        "{count} accounts share the same little-known posts within seconds, to feign momentum for {name}.",
    ),
    "slow": (
        "{count} comptes relaient les mêmes publications favorables à {name}, mais étalent leurs gestes sur une bonne demi-heure pour ne pas se faire remarquer.",
        "{count} accounts share the same posts in favour of {name}, but spread them over half an hour or so to stay unnoticed.",
    ),
    "popular_only": (
        "{count} comptes ne relaient ensemble que ce que tout le monde relaie déjà, à l’abri de la foule, pour porter {name} dans les tendances.",
        "{count} accounts share together only what everyone already shares, hidden in the crowd, to push {name} into the trends.",
    ),
    "sparse": (
        "{count} comptes se relaient par petites équipes, chacun n’agissant que rarement, autour de publications sur {name}.",
        "{count} accounts take turns in small teams, each acting rarely, on posts about {name}.",
    ),
    "cover": (
        "{count} comptes d’apparence ordinaire cachent quelques relais concertés sur {name} parmi beaucoup d’activité courante.",
        "{count} ordinary-looking accounts hide a few concerted shares about {name} among much everyday activity.",
    ),
    "pile_on": (
        "{count} comptes s’en prennent à {name} en quelques heures, en français et en anglais, avec quelques réponses sans cesse reformulées.",
        "{count} accounts gang up on {name} within a few hours, in French and English, with a few replies reworded again and again.",
    ),
    "copypasta": (
        "{count} comptes publient comme s’il venait d’eux le même texte sur le scrutin, à peine retouché, aux dépens de {name}.",
        "{count} accounts post the same text about the ballot as their own, hardly altered, at the expense of {name}.",
    ),
    "hashtag_train": (
        "{count} comptes accrochent la même longue suite de mots-clics à des messages différents, contre {name}.",
        "{count} accounts hang the same long string of hashtags on different messages, against {name}.",
    ),
    "link_push": (
        "{count} comptes poussent les pages d’un site que personne d’autre ne cite et qui invente des scandales sur {name}.",
        "{count} accounts push the pages of a site nobody else cites, which makes up scandals about {name}.",
    ),
    "image_drop": (
        "{count} comptes publient les mêmes images truquées de {name}, en vagues de quelques minutes.",
        "{count} accounts post the same doctored images of {name}, in waves of a few minutes.",
    ),
}
