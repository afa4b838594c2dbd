"""The same stages in cimba, which compiles a model in Python for its engine in C. Its numbers are its own."""
# cimba reads the annotations of a model's class as they stand, so this file does without the usual import.

import math
import sys
import time

import cimba as cb
from cimba import inputs

from bench.twin_workloads import CHECKPOINT, CV, MM1

_SIGMA = math.sqrt(math.log1p(CV**2))
_LANES = [number for _, number, _ in CHECKPOINT.stages]


def _lognormal(at):
    return inputs.dist.lognormal(mean=math.log(CHECKPOINT.stages[at][2]) - _SIGMA**2 / 2, sigma=_SIGMA)


class OneBooth(cb.Model):
    gap: cb.Input[float] = inputs.dist.exponential(mean=1 / MM1.rate)
    service: cb.Input[float] = inputs.dist.exponential(mean=1.0)
    line: cb.Container

    @cb.process
    def arrive(self):
        while True:
            cb.hold(self.gap.next())
            self.line.put(1)

    @cb.process
    def serve(self):
        while True:
            self.line.get(1)
            cb.hold(self.service.next())


class SixStages(cb.Model):
    """A truck is a number: 1 if it goes to inspection, and 2 more if it is not urgent."""

    gap: cb.Input[float] = inputs.dist.exponential(mean=1 / CHECKPOINT.rate)
    is_sent: cb.Input[float] = inputs.dist.uniform(low=0.0, high=1.0)
    is_urgent: cb.Input[float] = inputs.dist.uniform(low=0.0, high=1.0)
    service0: cb.Input[float] = _lognormal(0)
    service1: cb.Input[float] = _lognormal(1)
    service2: cb.Input[float] = _lognormal(2)
    service3: cb.Input[float] = _lognormal(3)
    service4: cb.Input[float] = _lognormal(4)
    service5: cb.Input[float] = _lognormal(5)
    documents: cb.Store[int]
    weighing: cb.Store[int]
    customs: cb.PriorityStore[int]
    inspection: cb.Store[int]
    phyto: cb.Store[int]
    leaving: cb.Store[int]

    @cb.process
    def arrive(self):
        while True:
            cb.hold(self.gap.next())
            truck = 0
            if self.is_sent.next() < 0.15:
                truck += 1
            if self.is_urgent.next() >= 0.2:
                truck += 2
            self.documents.put(truck)

    @cb.process(copies=_LANES[0])
    def serve_documents(self):
        while True:
            truck = self.documents.get()
            cb.hold(self.service0.next())
            self.weighing.put(truck)

    @cb.process(copies=_LANES[1])
    def serve_weighing(self):
        while True:
            truck = self.weighing.get()
            cb.hold(self.service1.next())
            self.customs.put(truck, 1 if truck < 2 else 0)

    @cb.process(copies=_LANES[2])
    def serve_customs(self):
        while True:
            truck = self.customs.get()
            cb.hold(self.service2.next())
            if truck % 2 == 1:
                self.inspection.put(truck)
            else:
                self.phyto.put(truck)

    @cb.process(copies=_LANES[3])
    def serve_inspection(self):
        while True:
            truck = self.inspection.get()
            cb.hold(self.service3.next())
            self.phyto.put(truck)

    @cb.process(copies=_LANES[4])
    def serve_phyto(self):
        while True:
            truck = self.phyto.get()
            cb.hold(self.service4.next())
            self.leaving.put(truck)

    @cb.process(copies=_LANES[5])
    def serve_exit(self):
        while True:
            self.leaving.get()
            cb.hold(self.service5.next())


def main() -> None:
    """``python -m bench.twin_cimba WORKLOAD TRUCKS``: print the seconds of one replication that lasts
    until so many have come, after a short one that compiles.

    In a process of its own: it does not compile in one in which Numba has compiled records before.
    """
    workload = {MM1.name: MM1, CHECKPOINT.name: CHECKPOINT}[sys.argv[1]]
    model = OneBooth() if workload is MM1 else SixStages()
    _experiment(model, 100.0)
    started = time.process_time()
    _experiment(model, int(sys.argv[2]) / workload.rate)
    print(time.process_time() - started)


def _experiment(model, minutes):
    cb.Experiment(model, replications=1, window=cb.Window(warmup=0, duration=minutes), seed=1).run()


if __name__ == "__main__":
    main()
