//go:build !linux

package main

import "errors"

// canGiveWay says that giveWay works on this system.
const canGiveWay = false

func giveWay() error { return errors.ErrUnsupported }
