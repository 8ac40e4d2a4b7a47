package access

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// PortOwner names the program that listens at a TCP port, as far as this user may see it: "nginx (process 812)" or "a program
// of user www-data (uid 33)". It returns "" if it sees none, for example a program of another container.
func (h Host) PortOwner(port int) string {
	uid, inode := h.listener(port)
	if inode == "" {
		return ""
	}
	sockets, _ := filepath.Glob(h.path("/proc/[0-9]*/fd/*")) // the pattern is valid
	for _, fd := range sockets {
		if target, err := os.Readlink(fd); err != nil || target != "socket:["+inode+"]" {
			continue // also other users' processes
		}
		process := filepath.Dir(filepath.Dir(fd))
		command, err := os.ReadFile(filepath.Join(process, "comm"))
		if err == nil {
			return fmt.Sprintf("%s (process %s)", printable(strings.TrimSpace(string(command))), filepath.Base(process))
		}
	}
	return "a program of user " + userName(uid)
}

// listener returns the user and the inode of the socket that listens at a port.
func (h Host) listener(port int) (uid int, inode string) {
	const listening = "0A" // TCP_LISTEN in the kernel
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(h.path(table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(content)) {
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != listening {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			if found, err := strconv.ParseUint(hex, 16, 16); err != nil || int(found) != port {
				continue
			}
			uid, _ = strconv.Atoi(fields[7])
			return uid, fields[9]
		}
	}
	return 0, ""
}

// privilegedPorts end below this port: listening there needs a right.
const privilegedPorts = 1024

// ListenProblem explains why this user cannot listen at an address. key is the address's key in the configuration.
func (h Host) ListenProblem(key string, port int, err error) (message, remedy string) {
	switch {
	case err == nil:
		return "", ""
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("%s: port %d is taken by %s", key, port, cmp.Or(h.PortOwner(port), "another program")),
			"stop it, or set " + key + " to another port"
	case IsPermission(err) && port < privilegedPorts:
		return fmt.Sprintf("%s: this user may not listen at port %d: %v", key, port, err), BindRemedy
	case IsPermission(err):
		return fmt.Sprintf("%s: this user may not listen at port %d: %v", key, port, err),
			"a security module such as SELinux forbids it: set " + key + " to another port, or allow this one there"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return key + ": " + err.Error(), fmt.Sprintf("set %s to an address of this machine, or to a port alone, such as \":%d\"", key, port)
	}
	return key + ": " + err.Error(), ""
}

// BindRemedy is the remedy if a user may not listen at a port below 1024.
const BindRemedy = "run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its " +
	"socket be opened for it"

// IsPermission reports whether a user may not listen there.
func IsPermission(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}

// IsOurs reports whether a port's owner may be this program. A user sees only the names of its own programs.
func IsOurs(owner string) bool {
	self, _ := os.ReadFile("/proc/self/comm")                                                        // the name of a renamed program
	for _, name := range []string{"lastpost", "skill", "systemd", strings.TrimSpace(string(self))} { // systemd has the socket unit
		if strings.HasPrefix(owner, name+" (process ") {
			return true
		}
	}
	return owner == "" || strings.HasPrefix(owner, "a program of user ")
}
