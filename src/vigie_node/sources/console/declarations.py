"""Declarations: why something is collected, on which legal basis, who answers for it, how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Min, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from vigie_node.sources import actions
from vigie_node.sources.access import batches_visible_to, declarations_visible_to, intakes_visible_to
from vigie_node.sources.console.showing import FORM, UNFIT, me, page_of
from vigie_node.sources.forms import DeclarationForm
from vigie_node.web.routes import needs
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

INTAKES_SHOWN_MAX = 20


@needs("declaration.read")
@require_safe
def declarations(request: HttpRequest) -> HttpResponse:
    """List declarations, the latest first, with what is held under each."""
    held = Q(batches__erased_ms=None)
    found = (
        declarations_visible_to(me(request))
        .select_related("project")
        .annotate(held=Sum("batches__row_count", filter=held))
        .order_by("-created_ms", "-id")
    )
    return render(request, "sources/declarations.html", {"page": page_of(found, request)})


@needs("declaration.make")
@FORM
def new_declaration(request: HttpRequest) -> HttpResponse:
    """Declare a collection."""
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        somebody = me(request)
        made = actions.declare(organisation=somebody.organisation, by=somebody, **form.cleaned_data)
        return redirect("sources:declaration", declaration=made.pk)
    status = UNFIT if request.method == "POST" else 200
    return render(request, "sources/declaration_new.html", {"form": form}, status=status)


@needs("declaration.read")
@require_safe
def declaration(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Show one declaration and what is held under it."""
    somebody = me(request)
    found = get_object_or_404(
        declarations_visible_to(somebody).select_related("project", "by"), pk=declaration
    )
    held = (
        batches_visible_to(somebody)
        .filter(declaration=found, erased_ms=None)
        .aggregate(
            count=Count("id"), rows=Sum("row_count"), bytes=Sum("byte_count"), next_ms=Min("erase_by_ms")
        )
    )
    context = {
        "declaration": found,
        "held": held,
        "intakes": list(
            intakes_visible_to(somebody)
            .filter(declaration=found)
            .order_by("-created_ms", "-id")[:INTAKES_SHOWN_MAX]
        ),
    }
    return render(request, "sources/declaration.html", context)


@needs("declaration.make")
@require_POST
def close(request: HttpRequest, declaration: UUID) -> HttpResponse:
    """Let nothing more come in under a declaration."""
    found = get_object_or_404(declarations_visible_to(me(request)), pk=declaration)
    actions.close_declaration(found, by=me(request))
    messages.success(request, words_here()("The declaration is closed: nothing more comes in under it."))
    return redirect("sources:declaration", declaration=found.pk)
