package service

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"

	"lastpost/internal/config"
)

// Names of sockets that whoever starts the service may hand over, as FileDescriptorName= of a systemd socket has them.
const (
	publicSocket  = "public"  // instead of listening at the configuration's listen
	privateSocket = "private" // … at admin.listen
	httpSocket    = "http"    // … at tls.http_listen
)

// inheritedSockets are the listeners that were handed over, by name.
type inheritedSockets map[string]net.Listener

// inheritSockets takes the sockets that whoever started the process has opened for it, as sd_listen_fds(3) describes. A single
// one without a name of ours is the public listener. The variables are removed, as no other process is meant by them.
//
// go-systemd reads the variables. It lacks what follows: it takes a faulty LISTEN_FDS for none, leaves files without a
// name, and does not look whether a file is a TCP socket that listens.
func inheritSockets() (inheritedSockets, error) {
	text, names := os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES")
	own := os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	files := activation.Files(true)
	if count, err := strconv.Atoi(text); own && (err != nil || count < 0) {
		return nil, fmt.Errorf("LISTEN_FDS: %q is not a number of sockets", text)
	}
	called, err := assignSocketNames(len(files), names)
	if err != nil {
		return nil, err
	}
	taken := inheritedSockets{}
	for i, name := range called {
		listener, err := listenerFromFile(files[i])
		if err != nil {
			return nil, errors.Join(fmt.Errorf("the socket %q that was handed over (file %d): %w", name, 3+i, err), taken.close())
		}
		taken[name] = listener
	}
	return taken, nil
}

// assignSocketNames says which socket is which. systemd names those that have no name after their unit.
func assignSocketNames(count int, text string) ([]string, error) {
	known := []string{publicSocket, privateSocket, httpSocket}
	names := strings.Split(text, ":")
	if count == 1 && !slices.Contains(known, names[0]) {
		return []string{publicSocket}, nil
	}
	if count == 0 {
		return nil, nil
	}
	if len(names) != count {
		return nil, fmt.Errorf("%d sockets were handed over, with %d names: LISTEN_FDNAMES=%q; "+
			"give each FileDescriptorName=public, private or http", count, len(names), text)
	}
	for i, name := range names {
		if !slices.Contains(known, name) || slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("the sockets that were handed over are named %q; "+
				"give each its own FileDescriptorName= of public, private, http", text)
		}
	}
	return names, nil
}

// listenerFromFile makes a listener of an open file, which has to be a TCP socket that listens.
func listenerFromFile(file *os.File) (net.Listener, error) {
	fd := int(file.Fd())
	if kind, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE); err != nil {
		return nil, fmt.Errorf("not a socket: %w", err)
	} else if kind != syscall.SOCK_STREAM {
		return nil, errors.New("not a TCP socket; the socket unit needs ListenStream=")
	}
	if listening, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err != nil || listening == 0 {
		return nil, errors.Join(errors.New("not listening; the socket unit needs Accept=no"), err)
	}
	listener, err := net.FileListener(file) // of a copy
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if _, tcp := listener.(*net.TCPListener); !tcp {
		return nil, errors.Join(errors.New("not a TCP socket; the socket unit needs ListenStream=ADDRESS:PORT"), listener.Close())
	}
	return listener, nil
}

// checkPrivateAddress applies the configuration's rules to the address that the private listener really has.
func checkPrivateAddress(admin config.Admin, at net.Addr) error {
	tcp, ok := at.(*net.TCPAddr)
	switch {
	case admin.Listen == "":
		return errors.New("admin.listen is empty: the private listener is off")
	case admin.PasswordFile == "" && (!ok || !tcp.IP.IsLoopback()):
		return fmt.Errorf("%s is not a loopback address: this requires admin.password_file", at)
	}
	return nil
}

// close is for a start that comes to nothing.
func (s inheritedSockets) close() (err error) {
	for _, listener := range s {
		err = errors.Join(err, listener.Close())
	}
	return err
}
