package access

import "syscall"

// hasAccessList reports whether a file has an access-control list besides its mode.
func hasAccessList(name string) bool {
	size, err := syscall.Getxattr(name, "system.posix_acl_access", nil)
	return err == nil && size > 0
}
