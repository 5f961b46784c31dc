"""The scenario of pushes to connections that another gateway holds, as on AWS."""

from tests.benchmarks.bench import Machine, Measure, Scenario

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


def pushes(which: str) -> Measure:
    def measured(machine: Machine) -> float:
        with machine.other("tests.benchmarks.others.ok") as port:
            words = ("tests.benchmarks.pushing", port, which, machine.seconds)
            return machine.measured(*words, root=machine.root, **CREDENTIALS)["per_second"]

    return measured


PUSHES = [Scenario("B11", "signed pushes", pushes("unsigned"), pushes("signed"), "more", 0.45, 0.7)]
