from __future__ import annotations

import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from poros_tui.cli.config_saving import save_configuration
from poros_tui.errors import CannotRun, UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_the_file_is_the_users_own_and_nothing_is_left_beside_it(file: Path) -> None:
    file.write_text("# mine\ninterval = 1\n")
    file.chmod(0o644)
    assert save_configuration(file, {"interval": 2.0, "theme": "nord"}) == str(file)
    assert file.read_text() == '# mine\ninterval = 2.0\ntheme = "nord"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == [file.name]


def test_directories_are_made_for_the_default_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SUDO_UID", "SUDO_GID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    place = tmp_path / "new" / "poros-tui" / "config.toml"
    assert save_configuration(None, {"units": "us"}) == str(place)
    assert place.read_text() == 'units = "us"\n'
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_under_sudo_it_is_written_with_the_rights_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUDO_UID", "65534")
    monkeypatch.setenv("SUDO_GID", "65534")
    with TemporaryDirectory(dir="/tmp") as place:
        theirs = Path(place)
        with pytest.raises(CannotRun, match="permission denied; nothing was saved"):
            save_configuration(theirs / "config.toml", {"units": "us"})
        os.chown(theirs, 65534, 65534)
        save_configuration(theirs / "config.toml", {"units": "us"})
        status = (theirs / "config.toml").stat()
        assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (65534, 0o600)
    assert os.geteuid() == 0


def test_a_link_stays_one(tmp_path: Path, file: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("")
    file.symlink_to(real)
    save_configuration(file, {"adaptive": True})
    assert file.is_symlink()
    assert real.read_text() == "adaptive = true\n"


def test_what_the_next_start_would_refuse_is_not_saved(file: Path) -> None:
    text = "tcp = true\nport = 443\n"
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        save_configuration(file, {"tcp": None, "icmp": True})
    assert str(refused.value) == (
        f"not saved, the next start would refuse it: {file} line 1: --port is for UDP and TCP "
        "probes; add --udp or --tcp"
    )
    assert file.read_text() == text
    assert os.listdir(file.parent) == [file.name]


def test_what_was_refused_before_does_not_keep_other_settings_from_being_saved(file: Path) -> None:
    file.write_text("port = 443\n")
    save_configuration(file, {"interval": 2.0})
    assert file.read_text() == "port = 443\ninterval = 2.0\n"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as refused:
        save_configuration(tmp_path, {"interval": 2.0})
    assert str(refused.value) == f"cannot write {tmp_path}: is a directory; nothing was saved"


def test_a_file_that_is_no_toml_any_more_is_left_alone(file: Path) -> None:
    file.write_text("interval = = 1")
    with pytest.raises(UsageError, match="is no TOML any more; nothing was saved"):
        save_configuration(file, {"interval": 2.0})
    assert file.read_text() == "interval = = 1"
