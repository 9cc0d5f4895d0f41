"""A verification as JUnit XML: what a CI system shows as tests, one suite per cache."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as ET

from reconciler.report.counts_report import counts_text
from reconciler.verify import Finding, Ran, Report, Require

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 knows no way to write these, not even as references."""


def verify_junit(report: Report, spec: str, require: Require) -> str:
    """Give the document: refuted is a failure, what had to be proven and was not an error.

    What was not proven and need not be is skipped; so the suites are red where the exit is not 0.
    """
    missing = set(report.missing(require))
    root = ET.Element("testsuites", name=_told(f"reconcile verify {spec}"))
    for address, some in groupby(report.findings, key=lambda one: one.address):
        findings = list(some)
        suite = ET.SubElement(root, "testsuite", name=str(address))
        cases = [_case(suite, one, vital=one in missing) for one in findings]
        _summed(suite, cases, findings)
    for ran in report.ran:
        _run_elsewhere(root, ran)
    if not report.counts["proven"]:
        suite = ET.SubElement(root, "testsuite", name="reconcile", tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname="verify", name="anything is proven")
        ET.SubElement(case, "error", message="nothing was proven")
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{report.seconds:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _run_elsewhere(root: ET.Element, ran: Ran) -> None:
    """Tell of a function that looked; that it failed is red at the caches it was to look at."""
    suite = ET.SubElement(root, "testsuite", name=_told(f"lambda:{ran.function}"), tests="1")
    seconds = f"{ran.seconds:.3f}"
    case = ET.SubElement(suite, "testcase", classname="verify.via", name="answers", time=seconds)
    if ran.failed:
        suite.set("skipped", "1")
        ET.SubElement(case, "skipped", message=_told(f"failed: {ran.failed}"))
    if ran.log_tail:
        ET.SubElement(case, "system-out").text = _told("\n".join(ran.log_tail))
    suite.set("time", seconds)


def _summed(suite: ET.Element, cases: list[ET.Element], findings: list[Finding]) -> None:
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(one.seconds for one in findings):.3f}")


def _case(suite: ET.Element, one: Finding, *, vital: bool) -> ET.Element:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_told(f"{one.address}.{one.check}"),
        name=_told(one.subject),
        time=f"{one.seconds:.3f}",
    )
    _judged(case, one, vital=vital)
    if one.table:
        ET.SubElement(case, "system-out").text = _told(counts_text([one]))
    return case


def _judged(case: ET.Element, one: Finding, *, vital: bool) -> None:
    message = f"expected {one.expected}, got {one.got}"
    if one.verdict == "refuted":
        ET.SubElement(case, "failure", message=_told(message)).text = _told(str(one))
    elif vital:  # not proven, and had to be
        ET.SubElement(case, "error", message=_told(f"not proven: {one.got}")).text = _told(str(one))
    elif one.verdict == "not proven":
        ET.SubElement(case, "skipped", message=_told(f"not proven: {one.got}"))


def _told(text: str) -> str:
    return _NOT_XML.sub("�", text)
