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

// Names of inherited sockets: FileDescriptorName= in the systemd socket unit.
const (
	publicSocket  = "public"  // replaces listen
	privateSocket = "private" // replaces admin.listen
	httpSocket    = "http"    // replaces tls.http_listen
)

// inheritedSockets are the listeners that systemd opened for this process, by name.
type inheritedSockets map[string]net.Listener

// inheritSockets takes the sockets that systemd opened for this process, as sd_listen_fds(3) describes. A single socket
// without a known name is the public listener. The environment variables are removed, so that child processes do not
// use them.
//
// go-systemd reads the variables, but it lacks some checks: it treats a faulty LISTEN_FDS as zero, accepts sockets without
// a name, and does not check that a file is a listening TCP socket. inheritSockets makes these checks.
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
			return nil, errors.Join(fmt.Errorf("inherited socket %q (file descriptor %d): %w", name, 3+i, err), taken.close())
		}
		taken[name] = listener
	}
	return taken, nil
}

// assignSocketNames returns the names of count sockets, from the value text of LISTEN_FDNAMES. systemd uses the unit name
// for a socket without FileDescriptorName=.
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
		return nil, fmt.Errorf("%d inherited sockets with %d names: LISTEN_FDNAMES=%q; "+
			"give each FileDescriptorName=public, private or http", count, len(names), text)
	}
	for i, name := range names {
		if !slices.Contains(known, name) || slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("inherited sockets are named %q; "+
				"give each its own FileDescriptorName= of public, private, http", text)
		}
	}
	return names, nil
}

// listenerFromFile converts an open file to a listener. The file must be a listening TCP socket.
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
	listener, err := net.FileListener(file) // duplicates the file descriptor
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if _, tcp := listener.(*net.TCPListener); !tcp {
		return nil, errors.Join(errors.New("not a TCP socket; the socket unit needs ListenStream=ADDRESS:PORT"), listener.Close())
	}
	return listener, nil
}

// checkPrivateAddress applies the rules of admin.listen to the actual address of the private listener. Otherwise an
// inherited socket could expose the private pages without a password.
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

// close closes the sockets if the start fails.
func (s inheritedSockets) close() (err error) {
	for _, listener := range s {
		err = errors.Join(err, listener.Close())
	}
	return err
}
