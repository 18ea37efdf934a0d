"""From options to a running trace: sockets, then privileges, then names, then a front end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from poros_tui.cli.address_book import book_opener
from poros_tui.cli.character_set import has_blocks
from poros_tui.cli.chronicles import has_events
from poros_tui.cli.exchanges import exchange_source, fetched_path
from poros_tui.cli.garbage import collect_garbage
from poros_tui.cli.loading import (
    ASN_FILE,
    ENGINE,
    EVENTS,
    EXCHANGES,
    NAMES,
    NETWORKS,
    PLACES,
    RECORD,
    SCREEN,
    load,
    load_all,
    report_modules,
)
from poros_tui.cli.networks import network_sources
from poros_tui.cli.options import Options
from poros_tui.cli.places import has_place_file, place_source
from poros_tui.cli.reshaping import shape_of
from poros_tui.cli.resolve import Resolution
from poros_tui.cli.run_files import RunFiles
from poros_tui.cli.signals import unwind_on_signals
from poros_tui.cli.targets import Targets
from poros_tui.cli.usual_files import NETWORK_FILES, usual_file
from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, TracePlan, entrant_of
from poros_tui.errors import CannotRun
from poros_tui.model.probe import Protocol
from poros_tui.model.targets import FleetControls, Front, TargetSnapshot

if TYPE_CHECKING:
    from poros_tui.cli.toml_text import Value
    from poros_tui.once import OpenBook
    from poros_tui.report.layout import Layout
    from poros_tui.tui.keys import Key
    from poros_tui.tui.table_look import TableLook

Enter = Callable[[str], Entrant]
"""Understands what is typed as a target; raises UsageError."""


def run(options: Options) -> int:
    """Do what the command line asks for, and return the exit code.

    Raises:
        PorosError: it cannot be done.
    """
    from poros_tui.probe.privilege import acting_as_user

    config = options.session_config()
    typed = options.targets[1:] if options.is_demo else options.targets
    # What is wrong with them is said before all else.
    if options.targets_file is None:
        targets = Targets.of(typed, None)
    else:
        with acting_as_user():
            targets = Targets.of(typed, options.targets_file)
    if options.is_live:
        check_screen(options)
        need_terminal()
        if not has_blocks():
            options = msgspec.structs.replace(options, is_ascii=True)
    else:
        check_unseen(options)
    if options.is_demo:
        return _run_demo(options, config, targets)
    return _run_real(options, config, targets)


def check_screen(options: Options) -> None:
    """Refuse what the screen cannot have.

    Raises:
        UsageError: no such theme, key or column.
    """
    if options.theme is not None:
        from poros_tui.tui.themes import palette_of

        palette_of(options.theme)
    keys_of(options)
    look_of(options)


def check_unseen(options: Options) -> None:
    """The same where no screen is shown: what is wrong is refused all the same. Keys and themes are
    Textual's, for which a report waits only where it cannot tell without."""
    if options.theme is not None:
        from poros_tui.tui.theme_names import KNOWN_THEMES

        if options.theme not in KNOWN_THEMES:
            from poros_tui.tui.themes import palette_of

            palette_of(options.theme)
    if options.keys:
        keys_of(options)
    if options.columns is not None:
        look_of(options)


def look_of(options: Options) -> TableLook:
    """How tables are to look."""
    from poros_tui.model.time_unit import TimeUnit
    from poros_tui.tui.columns import DEFAULT_COLUMNS
    from poros_tui.tui.table_look import Called, HeightScale, TableLook, parsed_columns

    wanted = options.columns
    return TableLook(
        columns=DEFAULT_COLUMNS if wanted is None else parsed_columns(wanted),
        unit=TimeUnit(options.units),
        height=HeightScale(options.scale),
        called=Called(options.responders),
    )


def layout_of(options: Options, *, are_several: bool) -> Layout:
    """How reports are to look."""
    from poros_tui.report.layout import Layout

    columns = None
    if options.columns is not None:
        columns = look_of(options).columns
    return Layout(columns=columns, are_several=are_several, private_hops=options.private_hops)


def keys_of(options: Options) -> tuple[Key, ...]:
    """What keys are to do."""
    from poros_tui.tui.keys import KEYS

    if not options.keys:
        return KEYS
    from poros_tui.tui.key_changes import changed_keys

    return changed_keys(options.keys)


def need_terminal(advice: str = "use --report or --json where there is none") -> None:
    """Refuse to draw where nobody could see it. `advice`: what does without.

    Raises:
        CannotRun: there is no terminal, or none that can draw.
    """
    # Keys come from stdin, the screen goes to stdout. A stream that the caller closed is None.
    streams = (sys.stdin, sys.stdout)
    if not all(stream is not None and stream.isatty() for stream in streams):
        raise CannotRun("the screen needs a terminal", advice)
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise CannotRun(
            "this terminal can't draw a screen (TERM is dumb or not set)",
            "use --report or --json, or set TERM",
        )


def _run_real(options: Options, config: SessionConfig, targets: Targets) -> int:
    from poros_tui.cli.desk import Desk
    from poros_tui.probe.privilege import drop_privileges

    fetched = fetched_path()
    files = RunFiles(options)
    desk = Desk(options, config, targets.targets, files.pcap.open_tap)
    try:
        _load_before_drop(options, config)
        # From here on nothing is done with more rights than the user's own.
        drop_privileges()
        networks = network_sources(options)
        exchanges = exchange_source(options.ix_file, fetched)
        notes = (*targets.notes, *networks.notes, *exchanges.notes)
        open_book = book_opener(options, networks, exchanges, place_source(options))
        with files:
            if desk.are_several:
                entrants = [desk.entrant(target) for target in targets.targets]
                return _run_several(options, config, entrants, desk.enter, notes, open_book, files)
            (target,) = targets.targets
            resolution = Resolution(target, options.family)
            if options.is_live:
                load(*SCREEN)  # while the name server thinks
            plan = desk.open(target, resolution.wait())
            if not options.is_live:
                desk.close()
            return _run_one(options, plan, desk.enter, notes, open_book, files)
    finally:
        desk.close()


def _run_demo(options: Options, config: SessionConfig, targets: Targets) -> int:
    from poros_tui.cli.demo import DemoDesk
    from poros_tui.probe.privilege import drop_privileges

    _load_before_drop(options, config)
    files = RunFiles(options)
    desk = DemoDesk(options, config, files.pcap.open_tap)
    drop_privileges()
    with files:
        if not targets.targets:
            plan = desk.own.open()
            return _run_one(options, plan, desk.enter, targets.notes, desk.open_book, files)
        entrants = [entrant_of(desk.own), *map(desk.entrant, targets.targets)]
        return _run_several(
            options, config, entrants, desk.enter, targets.notes, desk.open_book, files
        )


def _load_before_drop(options: Options, config: SessionConfig) -> None:
    from poros_tui.probe.privilege import invoking_user

    if not options.is_live:
        wanted = report_modules([wish.format for wish in options.report_wishes()])
        load(*wanted, *ENGINE, *(EVENTS if has_events(options, config) else ()))
        if invoking_user(os.environ) is not None:
            load(*([] if options.no_dns else NAMES), *_networks_to_load(options))
            load(*(RECORD if options.record is not None else ()))
    elif invoking_user(os.environ) is not None:
        load_all()
        load(*_networks_to_load(options))
    if invoking_user(os.environ) is not None and has_place_file(options):
        load(*PLACES)


def _networks_to_load(options: Options) -> tuple[str, ...]:
    """What looking up networks needs, as far as that is wanted."""
    if options.is_demo:
        return ()
    exchanges = EXCHANGES if options.ix_file is not None or fetched_path().exists() else ()
    has_file = options.asn_db is not None or usual_file(NETWORK_FILES) is not None
    networks = NETWORKS if options.asn or has_file else ()
    return (*networks, *(ASN_FILE if has_file else ()), *exchanges)


def _run_one(
    options: Options,
    plan: TracePlan,
    enter: Enter,
    notes: Sequence[str],
    open_book: OpenBook,
    files: RunFiles,
) -> int:
    identity = msgspec.structs.replace(plan.identity, notes=(*notes, *plan.identity.notes))
    plan = msgspec.structs.replace(plan, identity=identity)
    if not options.is_live:
        from poros_tui.cli.reports import report_one

        layout = layout_of(options, are_several=False)
        return report_one(options, plan, layout, open_book, files)
    shown = TargetSnapshot(
        number=0, name=identity.target, identity=identity, chronicle=plan.chronicle
    )
    entrants = [entrant_of(plan.as_found())]
    return _run_live(options, plan.config, entrants, [shown], enter, (), open_book, files)


def _run_several(
    options: Options,
    config: SessionConfig,
    entrants: Sequence[Entrant],
    enter: Enter,
    notes: Sequence[str],
    open_book: OpenBook,
    files: RunFiles,
) -> int:
    if not options.is_live:
        from poros_tui.cli.report_wishes import refuse_several
        from poros_tui.cli.reports import report_all

        refuse_several(options.report_wishes())

        layout = layout_of(options, are_several=True)
        return report_all(options, config, entrants, notes, layout, open_book, files)
    shown = [
        TargetSnapshot(number=number, place=(number, 0), name=entrant.name)
        for number, entrant in enumerate(entrants)
    ]
    return _run_live(options, config, entrants, shown, enter, notes, open_book, files)


def _run_live(
    options: Options,
    config: SessionConfig,
    entrants: Sequence[Entrant],
    shown: Sequence[TargetSnapshot],
    enter: Enter,
    notes: Sequence[str],
    open_book: OpenBook,
    files: RunFiles,
) -> int:
    from poros_tui.cli.exporting import sessions_writer_for, writers_for
    from poros_tui.tui.run_app import run_app

    async def run_fleet(front: Front, on_ready: Callable[[FleetControls], None]) -> None:
        from poros_tui.fleet.fleet import Fleet

        fleet = Fleet(config, front, enter, open_book(), files.recording.keeping)
        await files.pcap.beside(partial(fleet.run, entrants, on_ready))()

    unwind_on_signals()
    collect_garbage()
    return run_app(
        shown,
        config,
        run_fleet,
        understand=enter,
        notes=notes,
        no_color=options.no_color or bool(os.environ.get("NO_COLOR")),
        debug=options.debug,
        theme=options.theme,
        is_ascii=options.is_ascii,
        writers=writers_for(config),
        write_sessions=sessions_writer_for(config),
        private_hops=options.private_hops,
        keys=keys_of(options),
        look=look_of(options),
        save=partial(_save, options),
        protocol=options.protocol or Protocol.ICMP,
        shape=shape_of(options.outgoing),
    )


def _save(options: Options, changes: Mapping[str, Value | None]) -> str:
    from poros_tui.cli.config_saving import save_configuration

    return save_configuration(options.config_path, changes)
