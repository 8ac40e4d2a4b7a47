package durable

import (
	"errors"
	"syscall"
)

// keepAccessList copies the access-control list of a file, if it has one besides its mode.
func keepAccessList(from, to string) error {
	const attribute = "system.posix_acl_access"
	list := make([]byte, 4096)
	size, err := syscall.Getxattr(from, attribute, list)
	if errors.Is(err, syscall.ENODATA) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	if err != nil {
		return err
	}
	return syscall.Setxattr(to, attribute, list[:size], 0)
}
