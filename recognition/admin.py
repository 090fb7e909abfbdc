"""Runs, detections and rules in Django admin, and asking again for many assets at once."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from dam.admin import AssetAdmin, ReadOnlyAdmin, ReadOnlyInline, VisibleAdmin
from dam.models import Asset, Collection
from dam.permissions import Viewer
from recognition.models import Detection, Evidence, Pause, RecognitionRun, Rule, Spending
from recognition.pipeline import request_runs, retry_run
from recognition.queue import publish_after_commit
from recognition.registry import active_aliases, recognisers
from recognition.retagging import retag


class DetectionInline(ReadOnlyInline[Detection, RecognitionRun]):
    model = Detection
    fields = ["kind", "name", "confidence", "parents", "instances", "box", "attributes"]


@admin.register(RecognitionRun)
class RecognitionRunAdmin(ReadOnlyAdmin[RecognitionRun]):
    about = "original"
    asset_field = "original"
    list_display = [
        "pk", "recogniser", "original", "state", "attempts", "calls", "cost", "error", "created_at",
        "finished_at",
    ]  # fmt: skip
    list_filter = ["state", "recogniser", "created_at", "model_version", "sent_as", "is_forced"]
    list_select_related = ["original"]
    search_fields = ["original__sha256", "original__assets__file_name", "error", "request_id"]
    search_help_text = "SHA-256, error, request id or, for administrators, file name"
    date_hierarchy = "created_at"
    inlines = [DetectionInline]
    actions = ["retry"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("recognition.change_recognitionrun")

    @admin.action(description="Try failed runs again", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[RecognitionRun]) -> None:
        failed = [run for run in queryset if run.is_retriable]
        publish_after_commit([retry_run(run) for run in failed])
        left = len(queryset) - len(failed)
        self.message_user(request, f"{len(failed)} queued again, {left} had not failed.")


@admin.register(Detection)
class DetectionAdmin(ReadOnlyAdmin[Detection]):
    about = "run__original"
    asset_field = "original"
    list_display = ["name", "kind", "confidence", "file_name", "run"]
    list_filter = ["kind", "run__recogniser"]
    list_select_related = ["run"]
    search_fields = ["name", "run__original__assets__file_name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Detection]:
        """With the file name of an asset on the original that the person may see."""
        assets = Asset.objects.visible_to(request.user).filter(original=OuterRef("run__original"))
        name = assets.order_by("pk").values("file_name")[:1]
        return super().get_queryset(request).annotate(asset_file_name=Subquery(name))

    @admin.display(description="file name")
    def file_name(self, detection: Detection) -> str:
        return getattr(detection, "asset_file_name", None) or "-"


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin[Evidence]):
    about = "tagged_asset__content_object"
    list_display = ["tagged_asset", "detection", "rule", "confidence"]
    list_filter = ["detection__run__recogniser"]
    list_select_related = [
        "tagged_asset__tag", "tagged_asset__content_object", "detection", "rule__asset",
        "rule__collection",
    ]  # fmt: skip
    search_fields = ["tagged_asset__tag__name", "tagged_asset__content_object__file_name"]


@admin.register(Rule)
class RuleAdmin(VisibleAdmin[Rule]):
    list_display = [
        "__str__", "action", "recogniser", "kind", "label", "threshold", "new_name", "created_at",
    ]  # fmt: skip
    list_filter = ["action", "recogniser", "kind"]
    list_select_related = ["asset", "collection"]
    search_fields = ["label", "new_name", "asset__file_name", "collection__name"]
    autocomplete_fields = ["asset", "collection"]

    def visible_rows(self, rows: QuerySet[Rule], viewer: Viewer) -> QuerySet[Rule]:
        """Rules for everything, and those for an asset or a collection that the person may see."""
        assets = Asset.objects.visible_to(viewer).order_by().values("pk")
        collections = Collection.objects.visible_to(viewer).order_by().values("pk")
        return rows.filter(
            Q(asset=None) | Q(asset__in=assets),
            Q(collection=None) | Q(collection__in=collections),
        )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "recogniser":
            choices = [("", "all"), *((alias, alias) for alias in recognisers.aliases)]
            return forms.ChoiceField(choices=choices, required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.label and not Detection.objects.filter(name__iexact=obj.label).exists():
            self.message_user(
                request,
                f"No recogniser has said “{obj.label}” yet. Check the spelling in Detections.",
                messages.WARNING,
            )
        self.message_user(
            request,
            "Rules hold for what is recognised from now on. For what is there, “Preview rules” on "
            "assets shows what would change, and “Apply rules again” or manage.py retag_assets "
            "does it.",
            messages.INFO,
        )


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin[Pause]):
    """Pausing and resuming is done on the Recognition page, which tells the workers as well."""

    list_display = ["recogniser", "cause", "reason", "paused_by", "paused_at"]
    list_filter = ["recogniser", "cause", "paused_at"]
    list_select_related = ["paused_by"]
    search_fields = ["recogniser", "reason"]

    def visible_rows(self, rows: QuerySet[Pause], viewer: Viewer) -> QuerySet[Pause]:
        """All of them: a pause is about no asset."""
        return rows


@admin.register(Spending)
class SpendingAdmin(ReadOnlyAdmin[Spending]):
    """What was spent stays as it is: the budget of the month is reckoned by it."""

    list_display = ["month", "recogniser", "calls", "cost"]
    list_filter = ["recogniser"]
    search_fields = ["recogniser"]
    date_hierarchy = "month"

    def visible_rows(self, rows: QuerySet[Spending], viewer: Viewer) -> QuerySet[Spending]:
        """All of them: a sum is about no asset."""
        return rows


@admin.action(description="Recognise again", permissions=["change"])
def recognise_again(
    modeladmin: AssetAdmin, request: HttpRequest, queryset: QuerySet[Asset]
) -> None:
    queued = 0
    # In the order that retagging locks in, each on its own, so that nobody waits in a circle.
    for asset in queryset.order_by("pk"):
        with transaction.atomic():
            runs = request_runs(asset, active_aliases(), again=True)
            publish_after_commit(runs)
        queued += len(runs)
    told = f"{queued} run{pluralize(queued, ' is,s are')} queued."
    modeladmin.message_user(request, told, messages.SUCCESS)


@admin.action(description="Preview rules", permissions=["change"])
def preview_rules(modeladmin: AssetAdmin, request: HttpRequest, queryset: QuerySet[Asset]) -> None:
    """Tells what applying the rules again would change, and changes nothing."""
    with transaction.atomic():
        changes = retag(queryset.values_list("pk", flat=True))
        transaction.set_rollback(True)
    changed = [change for change in changes.values() if change]
    added = Counter(name for change in changed for name in change.added)
    removed = Counter(name for change in changed for name in change.removed)
    told = [f"+{name} ({count})" for name, count in added.most_common(10)]
    told += [f"-{name} ({count})" for name, count in removed.most_common(10)]
    modeladmin.message_user(
        request,
        f"{len(changed)} of {len(changes)} would change. {', '.join(told)}".strip(),
        messages.INFO,
    )


@admin.action(description="Apply rules again", permissions=["change"])
def apply_rules_again(
    modeladmin: AssetAdmin, request: HttpRequest, queryset: QuerySet[Asset]
) -> None:
    changes = retag(queryset.values_list("pk", flat=True))
    changed = sum(bool(change) for change in changes.values())
    modeladmin.message_user(request, f"{changed} of {len(changes)} changed.", messages.SUCCESS)


# dam knows nothing of recognition, so recognition adds its actions to dam's page.
AssetAdmin.actions = [*AssetAdmin.actions, recognise_again, preview_rules, apply_rules_again]
