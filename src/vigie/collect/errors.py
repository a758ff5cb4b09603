"""What can be wrong with a file of posts, each with a code, a sentence and a remedy."""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class FileError(VigieError):
    """A file cannot be read as posts."""


class MissingFileError(FileError):
    """Nothing stands at the path."""

    code = "file.missing"
    sentence = say("There is no file “{path}”.")
    remedy = say("Check the spelling of the path, and that the disk that holds it is connected.")


class UnreadableFileError(FileError):
    """The operating system refuses to hand over the file."""

    code = "file.unreadable"
    sentence = say("“{path}” cannot be opened: the system answers “{answer}”.")
    remedy = say("Ask for the right to read this file, or copy it to a folder of yours.")


class FolderError(FileError):
    """A folder stands where a file was expected."""

    code = "file.folder"
    sentence = say("“{path}” is a folder, not a file.")
    remedy = say("Name the files in it, one by one or with a pattern such as *.csv.")


class EmptyFileError(FileError):
    """The file holds nothing."""

    code = "file.empty"
    sentence = say("“{path}” is empty.")
    remedy = say("Export or download it again; the first attempt probably stopped early.")


class UnknownFormatError(FileError):
    """The content is none of the formats we read."""

    code = "file.unknown_format"
    sentence = say("“{path}” is in no format that can be read here.")
    remedy = say(
        "Save it as CSV, XLSX, NDJSON, JSON (one array of objects) or Parquet; "
        "unpack an archive first, except .gz and .zst of a text format."
    )


class WebPageError(FileError):
    """A web page was saved in place of the data."""

    code = "file.web_page"
    sentence = say("“{path}” is a web page, not data: the site probably asked for a login.")
    remedy = say("Log in and download the file again.")


class WrongEncodingError(FileError):
    """The text is not UTF-8."""

    code = "file.encoding"
    sentence = say("“{path}” is not UTF-8 text: line {line} holds other bytes.")
    remedy = say(
        "Name its encoding, often --encoding cp1252; "
        "with --encoding utf-8, lines that are not UTF-8 are set aside."
    )


class UnknownEncodingError(FileError):
    """Nobody knows an encoding of that name."""

    code = "file.unknown_encoding"
    sentence = say("“{encoding}” is not the name of a text encoding.")
    remedy = say("Try utf-8, cp1252, latin-1 or utf-16.")


class DamagedFileError(FileError):
    """The file breaks off or contradicts its own format."""

    code = "file.damaged"
    sentence = say("“{path}” is damaged or incomplete: it cannot be read as {format} to its end.")
    remedy = say("Download or copy it again, and compare its size with the original’s.")


class OversizedArchiveError(FileError):
    """A workbook unpacks to more than we accept, as a zip bomb does."""

    code = "file.oversized"
    sentence = say("“{path}” would unpack to {bytes} bytes or more; the limit is {bytes_max}.")
    remedy = say("If you trust its origin, save it as CSV.")


class CrowdedArchiveError(FileError):
    """The list of an archive is longer than we read."""

    code = "file.crowded"
    sentence = say(
        "“{path}” lists more than {entries_max} files, or its list is longer than {bytes_max} bytes."
    )
    remedy = say("Unpack it if you trust its origin, and bring in the files that hold posts.")


class AlteredArchiveError(FileError):
    """An entry of an archive is not what the archive's own list of hashes says."""

    code = "file.altered"
    sentence = say(
        "“{name}” in “{path}” is not what the archive’s own list of hashes says: somebody changed it."
    )
    remedy = say("Get the archive again from whoever captured it.")


class OversizedRowError(FileError):
    """One entry is longer than we accept, and the format offers no way to skip it safely."""

    code = "file.row_too_long"
    sentence = say("Entry {row} of “{path}” is longer than {bytes_max} bytes.")
    remedy = say(
        "Convert the file to NDJSON, one object per line: lines that are too long are then set aside."
    )


class DeepFileError(FileError):
    """A JSON file is nested as no export is; memory would not hold it."""

    code = "file.too_deep"
    sentence = say("“{path}” is nested more than {levels_max} levels deep.")
    remedy = say("No export is: get the file again, or keep only the list that holds the posts.")


class MissingColumnError(FileError):
    """No column can serve as one that every row needs."""

    code = "file.no_column"
    sentence = say("No column of “{path}” was recognised as “{column}”. It has: {columns}.")
    remedy = say("Name the column that holds it with --map SOURCE={column}.")


class UnknownSourceError(FileError):
    """The user maps a column that the file lacks."""

    code = "file.unknown_source"
    sentence = say("“{path}” has no column “{source}”. It has: {columns}.")
    remedy = say("Correct the name on the left in --map {source}={target}.")


class UnknownTargetError(FileError):
    """The user maps a column to a name that the canonical schema lacks."""

    code = "file.unknown_target"
    sentence = say("“{target}” is not a column of posts. These are: {columns}.")
    remedy = say("Correct the name on the right in --map {source}={target}.")


class RepeatedTargetError(FileError):
    """The user maps two columns to the same place."""

    code = "file.repeated_target"
    sentence = say("Two columns are mapped to “{target}”: “{source}” and “{other}”.")
    remedy = say("Keep one of them in --map.")


class AllRowsBadError(FileError):
    """A file was read to its end and not one row could be kept."""

    code = "file.all_bad"
    sentence = say("None of the {count} rows of “{path}” could be kept.")
    remedy = say(
        "See why they were set aside; if the wrong columns were recognised, "
        "correct that with --map SOURCE=COLUMN."
    )


class UnknownLayoutError(FileError):
    """The user names a layout that nobody knows."""

    code = "file.unknown_layout"
    sentence = say("“{layout}” is not a layout that is read here. These are: {layouts}.")
    remedy = say("Correct --layout, or leave it out: the file is then recognised by its content.")


class LayoutFormatError(FileError):
    """The user names a layout whose files are of another format."""

    code = "file.layout_format"
    sentence = say("“{path}” is in the format {format}; “{layout}” is read from {formats}.")
    remedy = say("Leave --layout out: the file is then recognised by its content.")


class LayoutColumnsError(FileError):
    """The user names a layout whose columns the file lacks."""

    code = "file.layout_columns"
    sentence = say("“{path}” lacks columns that “{layout}” has: {columns}.")
    remedy = say("Leave --layout out: the file is then recognised by its content.")


class UnsureLayoutError(FileError):
    """Two layouts fit a file equally well."""

    code = "file.unsure_layout"
    sentence = say("“{path}” may be one of several exports: {layouts}.")
    remedy = say("Say which with --layout.")
