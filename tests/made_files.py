"""Files such as people have, made up: delimiters, encodings, languages, orders of dates."""

from __future__ import annotations

import csv
import datetime
import io
import random
from dataclasses import dataclass
from pathlib import Path

# By language: the names of the columns, and words of reviews with its own letters.
HEADERS = {
    "en": ("Review Date", "Product", "Rating", "Title", "Review Text", "Customer"),
    "de": ("Datum", "Artikel", "Sterne", "Überschrift", "Bewertungstext", "Kunde"),
    "fr": ("Date", "Produit", "Note", "Titre", "Commentaire", "Client"),
    "es": ("Fecha", "Producto", "Calificación", "Título", "Reseña", "Usuario"),
    "it": ("Data", "Prodotto", "Voto", "Titolo", "Recensione", "Utente"),
    "pt": ("Data", "Produto", "Avaliação", "Título", "Comentário", "Cliente"),
}
ROLES = ("date", "product", "rating", "title", "content", "author")
SENTENCES = {
    "en": (
        "The lamp broke after two weeks; I want my money back",
        'She said "great" - and it\u2019s true, a cosy café light',
        "Cheap, ugly | and late, the naïve buyer pays £20",
        "Works as described, would buy again, my fiancé loves it",
    ),
    "de": (
        "Die Lampe ist schön, aber nach zwei Wochen kaputt; sehr ärgerlich",
        'Der Verkäufer schrieb "kein Problem", natürlich fällt die Tür zu',
        "Größe passt, Qualität überzeugt mich | gerne wieder für die Küche",
        "Nützlich für das Büro, würde ich jederzeit weiterempfehlen",
    ),
    "fr": (
        "La lampe est cassée après deux semaines; très déçu du vendeur",
        'Il a écrit "aucun problème", mais où est le café brûlé promis',
        "Qualité supérieure | livré à temps, même en août, ça marche",
        "Reçu sans problème, je le recommande à toute la famille élargie",
    ),
    "es": (
        "La lámpara se rompió después de dos semanas; qué decepción",
        'El señor dijo "mañana", pero llegó tarde y además dañado',
        "Tamaño pequeño | calidad aún peor de lo que esperaba el niño",
        "Funciona según la descripción, también lo compró mi compañera",
    ),
    "it": (
        "La lampada si è rotta dopo due settimane; è davvero così brutta",
        'Mi ha scritto "perché no", però la qualità è già finita',
        "Più piccola del previsto | la metà è arrivata tardi, però va bene",
        "Comoda e utile, è piaciuta molto anche alla mia città e papà",
    ),
    "pt": (
        "A lâmpada avariou após duas semanas; não há solução à vista",
        'O vendedor disse "amanhã", mas a devolução não é fácil',
        "Ótima relação | a coleção é muito boa, só a cor não é igual",
        "Chegou rápido, a minha irmã também já comprou três edições",
    ),
}
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman")


@dataclass(frozen=True)
class MadeFile:
    """A file, and what is right to read from it."""

    path: Path
    encoding: str
    delimiter: str
    names: dict[str, str]
    order: str | None
    days: list[datetime.date]
    rows: list[tuple[str, ...]]


def make_file(directory: Path, number: int, *, clear: bool = True, rows: int = 40) -> MadeFile:
    """Write the file of that number; `clear`: its dates tell their order."""
    draw = random.Random(number)
    language = list(HEADERS)[number % 6]
    encoding = ENCODINGS[number % 5]
    delimiter = DELIMITERS[number % 4]
    order = ("dmy", "mdy")[(number // 2) % 2]
    mark = "./-"[number % 3]
    names = dict(zip(ROLES, HEADERS[language], strict=True))
    places = list(range(6))
    draw.shuffle(places)
    written, days = [], []
    for row in range(rows):
        last = 28 if clear else 12
        day = datetime.date(2025, draw.randint(1, 12), draw.randint(1, last))
        if clear and row == rows // 2:
            day = datetime.date(2025, 5, 23)
        if not clear and row == 0:
            day = datetime.date(2025, 3, 4)
        numbers = (day.day, day.month) if order == "dmy" else (day.month, day.day)
        text = draw.choice(SENTENCES[language])
        if row % 5 == 0:
            text += "\n" + draw.choice(SENTENCES[language])
        cells = (
            mark.join([f"{numbers[0]:02d}", f"{numbers[1]:02d}", "2025"]),
            draw.choice(["Lamp X1", "Chair", "B00X4WHP5E"]),
            str(draw.randint(1, 5)),
            " ".join(text.split()[:3]),
            text,
            draw.choice(["Ana", "Ben", "Chloe", "Dora"]) + str(draw.randint(1, 30)),
        )
        days.append(day)
        written.append(tuple(cells[place] for place in places))
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=delimiter, lineterminator=("\r\n", "\n")[number % 2])
    header = tuple(HEADERS[language][place] for place in places)
    writer.writerows([header, *written])
    path = directory / f"{number:02d}-{language}-{encoding}.csv"
    text = sheet.getvalue()
    if encoding == "mac_roman":
        text = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    path.write_bytes(text.encode(encoding))
    rows_read = [tuple(cell for cell in row) for row in csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter
    )][1:]  # fmt: skip
    return MadeFile(path, encoding, delimiter, names, order, days, rows_read)
