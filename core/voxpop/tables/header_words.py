"""What columns are called: in English, German, French, Spanish, Italian and Portuguese."""

from __future__ import annotations

import functools
import re
import unicodedata

from voxpop.tables.options import Role

# Whole names say what a column is; words say what it may be. Without accents, as `plain` writes.
_NAMES: dict[Role, str] = {
    "content": """
        review|reviews|review text|review body|review content|text|content|comment|comments|body
        feedback|message|verbatim|opinion|customer review|review comment|reviewtext|full review
        bewertungstext|rezension|rezensionstext|kommentar|inhalt|meinung|kundenmeinung|beschreibung
        avis|commentaire|commentaires|texte|contenu|avis client|texte de l avis|corps
        resena|resenas|comentario|comentarios|texto|contenido|opiniones|texto de la resena
        recensione|recensioni|commento|commenti|testo|contenuto|testo della recensione|opinione
        resenha|conteudo|opiniao|texto da avaliacao|texto da resenha|mensagem|depoimento
    """,
    "title": """
        title|headline|subject|summary|review title|review headline|heading
        titel|uberschrift|betreff|schlagzeile|titre|titre de l avis|sujet|objet|resume
        titulo|asunto|encabezado|titulo de la resena|titolo|oggetto|titolo della recensione
        assunto|titulo da avaliacao|cabecalho
    """,
    "product": """
        product|product id|product name|product title|item|item id|item name|sku|asin|article
        parent asin|model|produkt|produktname|artikel|artikelnummer|artikelname|produktnummer
        produit|nom du produit|reference|article|modele|producto|nombre del producto|articulo
        modelo|prodotto|nome prodotto|nome del prodotto|articolo|modello|produto|nome do produto
        artigo|codigo do produto|id produto|ref
    """,
    "date": """
        date|review date|created|created at|time|timestamp|posted|posted at|submitted at|day
        reviewed at|review time|date posted|datum|bewertungsdatum|erstellt|erstellt am|zeit
        zeitpunkt|date de l avis|date avis|publie le|cree le|fecha|fecha de la resena|creado
        fecha de creacion|data|data recensione|data della recensione|creato il|data da avaliacao
        criado em|data de criacao
    """,
    "rating": """
        rating|ratings|stars|star|score|overall|star rating|review rating|rate|points
        sterne|bewertung|anzahl sterne|punkte|note|sternebewertung|etoiles|nombre d etoiles
        evaluation|note sur 5|puntuacion|estrellas|calificacion|valoracion|nota|voto|stelle
        valutazione|punteggio|numero di stelle|estrelas|avaliacao|classificacao|pontuacao
    """,
    "author": """
        author|user|user id|username|user name|reviewer|reviewer name|reviewer id|customer
        customer id|customer name|name|nickname|profile name|autor|verfasser|kunde|kundenname
        nutzer|nutzername|benutzer|benutzername|kundennummer|auteur|client|nom du client
        utilisateur|pseudo|nom|cliente|usuario|nombre|nombre de usuario|autore|utente|nome
        nome utente|nome do cliente|utilizador
    """,
}
_SPLIT = re.compile(r"[^0-9a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain(name: str) -> str:
    """Write a column's name in small letters without accents, its words apart: `ReviewText`."""
    apart = _CAMEL.sub(" ", name)
    letters = unicodedata.normalize("NFKD", apart.casefold().replace("\u00df", "ss"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SPLIT.sub(" ", bare).strip()


@functools.cache
def _known() -> dict[str, set[Role]]:
    known: dict[str, set[Role]] = {}
    for role, names in _NAMES.items():
        for name in re.split(r"[|\n]", names):
            if name.strip():
                known.setdefault(name.strip(), set()).add(role)
                known.setdefault(name.replace(" ", ""), set()).add(role)
    return known


def is_known_name(name: str) -> bool:
    """Say whether a cell is what columns of reviews are called."""
    return bool(name_evidence(name))


def name_evidence(name: str) -> dict[Role, float]:
    """Say what a column's name speaks for, and how much: 3 its whole name, 1 a word in it."""
    words = plain(name)
    whole = _known().get(words, set()) | _known().get(words.replace(" ", ""), set())
    evidence: dict[Role, float] = dict.fromkeys(whole, 3.0)
    parts = words.split()
    if len(parts) > 1 and len(parts) <= 5:
        for part in (parts[-1], parts[0]):  # what it is stands last or first: `date de l'avis`
            for role in _known().get(part, ()):
                evidence.setdefault(role, 1.0)
    return evidence
