package terminal

import "golang.org/x/sys/unix"

// Requests of ioctl(2), and the value of a control character that is off.
const (
	getState         = unix.TCGETS
	setState         = unix.TCSETS
	setStateAndFlush = unix.TCSETSF
	noCharacter      = 0
)
