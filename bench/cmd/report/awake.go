package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A processor that has nothing to do halts, and takes time to wake up: in a virtual machine about as long as a small query
// computes. That depends on the machine alone, and every client pays it that does anything between two messages. So small
// queries are measured as they are, and once more while no processor halts.

// awake begins the names of benchmarks that run while no processor halts.
const awake = "awake:"

// keepAwake keeps all processors from halting, by threads that run only when nothing else wants to. The caller ends that.
func keepAwake() (end func(), err error) {
	var stop atomic.Bool
	var spinning sync.WaitGroup
	errs := make(chan error, runtime.NumCPU())
	before := runtime.GOMAXPROCS(runtime.NumCPU() + 1) // one for this command
	for range runtime.NumCPU() {
		spinning.Go(func() {
			runtime.LockOSThread() // and never unlocked, so that the thread ends here
			err := giveWay()
			errs <- err
			for err == nil && !stop.Load() {
				continue // it computes for nothing
			}
		})
	}
	end = func() {
		stop.Store(true)
		spinning.Wait()
		runtime.GOMAXPROCS(before)
	}
	for range runtime.NumCPU() {
		if e := <-errs; err == nil {
			err = e
		}
	}
	if err != nil {
		end()
		return nil, err
	}
	return end, nil
}
