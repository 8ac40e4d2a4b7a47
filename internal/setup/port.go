package setup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The answers to the question about port 443.
const (
	ownerLastpost = "lastpost"
	ownerNginx    = "nginx"
	ownerCaddy    = "caddy"
	ownerTraefik  = "traefik"
	ownerOther    = "other"
)

func portOwners() []string {
	return []string{ownerLastpost, ownerNginx, ownerCaddy, ownerTraefik, ownerOther}
}

func (i *Interview) judgePort(answer string) (owner, fault string) {
	owner = strings.ToLower(answer)
	if !slices.Contains(portOwners(), owner) {
		return "", "must be one of " + strings.Join(portOwners(), ", ")
	}
	return owner, ""
}

// askPort asks for the owner of port 443, and sets the keys that depend on it.
func (i *Interview) askPort(context.Context) error {
	proposal, found := i.proposeOwner()
	if i.Answers.Port443 == "" {
		i.console.printf("%s", found)
	}
	owner, err := i.console.ask(question{
		flag: "port-443", text: "7 of 7. The owner of port 443: " + strings.Join(portOwners(), ", "), proposal: proposal,
		judge: i.judgePort,
	}, i.Answers.Port443)
	if err != nil {
		return err
	}
	i.file.owner = owner
	if i.file.proxied() {
		i.file.listen = "127.0.0.1:" + strconv.Itoa(i.freePort(8080))
	}
	if port := i.freePort(9090); port != 9090 {
		i.file.adminListen = "127.0.0.1:" + strconv.Itoa(port)
	}
	return nil
}

// proposeOwner returns the answer for the program that listens at port 443, and a sentence about it.
func (i *Interview) proposeOwner() (owner, found string) {
	program, listening := i.listener(443)
	switch {
	case !listening:
		return ownerLastpost, "Port 443 is free."
	case program == "":
		return ownerOther, "A program listens at port 443. Run this as root to see its name."
	case isOwnProgram(program), program == "systemd": // systemd holds the socket of skill.socket
		return ownerLastpost, fmt.Sprintf("This service (%s) listens at port 443.", program)
	case slices.Contains([]string{ownerNginx, ownerCaddy, ownerTraefik}, program):
		return program, fmt.Sprintf("The program %s listens at port 443.", program)
	}
	return ownerOther, fmt.Sprintf("The program %q listens at port 443.", program)
}

// isOwnProgram reports whether a program is this one, in a package or a container.
func isOwnProgram(program string) bool { return program == "lastpost" || program == "skill" }

// freePort returns the first free port from that one. A port of the running service counts as free, because the new
// configuration is for the same service.
func (i *Interview) freePort(port int) int {
	for p := port; p < port+20; p++ {
		if program, listening := i.listener(p); !listening || isOwnProgram(program) {
			return p
		}
	}
	return port // the check reports it
}

// listener returns the program that listens at a TCP port of this machine.
func (i *Interview) listener(port int) (program string, listening bool) {
	if i.Machine.Listener != nil {
		return i.Machine.Listener(port)
	}
	return findListener("/proc", port)
}

// findListener finds a listener in the process file system. Only root sees the names of other users' programs. Without the
// file system it tries to listen.
func findListener(proc string, port int) (program string, listening bool) {
	readable := false
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(filepath.Join(proc, "net", table))
		if err != nil {
			continue
		}
		readable = true
		for line := range strings.Lines(string(text)) {
			if socket := listeningSocket(line, port); socket != "" {
				return socketOwner(proc, socket), true
			}
		}
	}
	if readable {
		return "", false
	}
	l, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(port)))
	if err != nil {
		return "", errors.Is(err, syscall.EADDRINUSE)
	}
	return "", l.Close() != nil
}

// listeningSocket returns the socket of a line of /proc/net/tcp if it listens at the port, or else "".
func listeningSocket(line string, port int) string {
	const listen = "0A" // TCP_LISTEN in the kernel's tcp_states.h
	fields := strings.Fields(line)
	if len(fields) < 10 || fields[3] != listen {
		return ""
	}
	_, hex, _ := strings.Cut(fields[1], ":")
	if found, err := strconv.ParseUint(hex, 16, 16); err != nil || int(found) != port {
		return ""
	}
	return "socket:[" + fields[9] + "]"
}

// socketOwner returns the name of a program that has the socket open, or "" if this user may not see it.
func socketOwner(proc, socket string) string {
	files, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "fd", "*"))
	if err != nil {
		return ""
	}
	for _, file := range files {
		if target, err := os.Readlink(file); err != nil || target != socket {
			continue
		}
		name, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(file)), "comm"))
		if err == nil {
			return strings.TrimSpace(string(name))
		}
	}
	return ""
}
