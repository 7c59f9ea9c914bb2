#!/usr/bin/env python3
"""Deploys the template to an emulated AWS and uses it. `run.py build` builds what ships; `run.py deploy PROGRAMS` deploys that.

PROGRAMS is the folder that has the operators' command, `posthorn`. Everything listens on loopback and ends with this
process. What an emulator cannot show is in docs/operations/aws-notes.md.
"""

import contextlib
import pathlib
import sys
import tempfile
import time

from build import build
from cloud import Cloud
from organisation import options
from receiver import Receiver
from stories import RETRY_SCALE, Stories


@contextlib.contextmanager
def told(what):
    started = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - started:.0f} s", flush=True)


def tell(story, *arguments):
    with told(story.__name__.replace("_", " ")):
        story(*arguments)


def use(cloud, receiver, programs):
    local = {"AllowedTargets": "127.0.0.0/8", "RetryScale": RETRY_SCALE}
    with told("deployed"):
        outputs = cloud.deploy(**local)
    stories = Stories(cloud, receiver, outputs, programs)
    tell(stories.guides_commands_work_and_their_webhooks_get_signed_requests)
    tell(stories.events_come_over_http_too_and_once_for_each_key)
    tell(stories.a_link_opens_the_portal_once)
    tell(stories.a_failing_endpoint_is_tried_on_schedule_and_then_given_up)
    tell(stories.an_endpoint_that_stays_dead_is_disabled_and_its_events_are_skipped)
    tell(stories.what_can_never_be_delivered_is_in_the_rejected_queue_with_its_reason)
    tell(stories.a_dead_letter_goes_back_by_the_operators_command)
    tell(stories.metrics_name_no_webhook)
    tell(stories.the_runbook_finds_a_delivery_by_its_event)
    tell(stories.half_an_option_is_refused_and_changes_nothing)
    every = options(cloud)
    with told("updated with every option"):
        outputs = cloud.deploy(**local, **every)
    tell(stories.after_an_update_the_same_accounts_and_webhooks_go_on, outputs)
    tell(stories.the_functions_have_their_options)
    tell(stories.queues_and_logs_are_encrypted_with_the_key, every["KmsKeyArn"])
    tell(stories.the_domain_leads_to_the_api)
    tell(stories.alarms_reach_the_topic_and_the_email_address)
    tell(stories.cargo_lambdas_build_can_be_put_in_place_as_the_page_says)
    tell(stories.events_come_from_eventbridge)
    tell(stories.what_happens_to_webhooks_is_told_to_the_operations_account)
    tell(stories.nothing_is_left_anywhere)
    tell(stories.deleting_the_stack_keeps_the_data_until_it_is_deleted_too)


def deploy(programs):
    with tempfile.TemporaryDirectory() as folder:
        cloud, receiver = Cloud(folder), Receiver()
        try:
            cloud.start()
            use(cloud, receiver, programs)
        except BaseException:
            print((pathlib.Path(folder) / "ministack.log").read_text()[-20_000:], file=sys.stderr)
            raise
        finally:
            cloud.stop()
            receiver.stop()


def main():
    match sys.argv[1:]:
        case ["build"]:
            build()
        case ["deploy", programs]:
            deploy(programs)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
