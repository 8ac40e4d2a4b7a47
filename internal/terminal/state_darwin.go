package terminal

import "golang.org/x/sys/unix"

// Requests of ioctl(2), and the value of a control character that is off.
const (
	getState         = unix.TIOCGETA
	setState         = unix.TIOCSETA
	setStateAndFlush = unix.TIOCSETAF
	noCharacter      = 0xff
)
