// Package access finds out which files the service's user can read, which program listens at a port, and whether the service
// answers. "skill check" often runs as another user than the service: root can read a file that the service cannot. The package
// reads the state of the system and changes nothing.
package access

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// An Account is a user with its groups.
type Account struct {
	Name   string // for messages
	UID    int
	Groups []int

	guessed bool // from the owner of the data directory
	systemd bool // from the unit or its process
}

// A ConfiguredFile is a file that the service reads.
type ConfiguredFile struct {
	Key  string // of the configuration
	Name string // "": not configured
}

// An Obstacle is a file that the service's user cannot read, or that this user cannot examine.
type Obstacle struct {
	Certain         bool // false: this user cannot see it, or the service's user is a guess
	Message, Remedy string
}

// A Host is a machine. Its zero value is this machine.
type Host struct {
	Root        string // a folder with the files of another system, for tests; "": /
	Credentials string // a folder of files that systemd hands to the service; "": none
}

func (h Host) path(name string) string { return h.Root + name }

// Self returns the user of this process.
func Self() Account {
	groups, _ := os.Getgroups() // without them the effective group counts
	return Account{Name: "this user, " + userName(os.Geteuid()), UID: os.Geteuid(), Groups: append(groups, os.Getegid())}
}

// RunAsRoot is the remedy if this user cannot examine something.
const RunAsRoot = "run this as the service's user, or as root"

// CheckFiles returns a problem for each file that the service cannot read. dataDir is the service's data directory.
func (h Host) CheckFiles(self Account, dataDir string, files []ConfiguredFile) (problems []Obstacle) {
	service := h.serviceAccount(self, dataDir)
	for _, f := range files {
		if f.Name == "" || h.Credentials != "" && filepath.Dir(f.Name) == filepath.Clean(h.Credentials) {
			continue
		}
		at, err := service.obstacle(f.Name)
		switch {
		case at != "":
			message := fmt.Sprintf("%s %s cannot be read by %s: %s", f.Key, f.Name, service.Name, at)
			problems = append(problems, Obstacle{!service.guessed, message, remedy(f, self, service)})
		case errors.Is(err, fs.ErrPermission):
			problems = append(problems, Obstacle{false, fmt.Sprintf("%s %s cannot be examined by %s", f.Key, f.Name, self.Name), RunAsRoot})
		}
	}
	return problems
}

// ConfigurationKey is the key of the configuration file itself.
const ConfigurationKey = "configuration"

func remedy(f ConfiguredFile, self, service Account) string {
	switch {
	case f.Key == ConfigurationKey:
		return fmt.Sprintf("let this user read it, for example with: chmod 644 %s; secrets belong into the environment, as ${NAME}", f.Name)
	case service.systemd:
		return `let systemd hand it to the service with LoadCredential=, as the page "Lastpost under systemd" shows, or let the ` +
			"service's user read it"
	case service.UID == self.UID:
		return "let this user read it; if the service runs as another user, run this as that user, or as root"
	}
	return "let this user read it, for example with: setfacl -m u:" + strconv.Itoa(service.UID) + ":r " + f.Name
}

// obstacle describes the folder or file on the way to a file that keeps the account out, or returns "". A missing file is not
// an obstacle. The error is of this process: it cannot look further.
func (a Account) obstacle(file string) (string, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	names := []string{file}
	if target, err := filepath.EvalSymlinks(file); err == nil && target != file {
		names = append(names, target) // the folders before a link and behind it
	}
	for _, name := range names {
		for i, c := range name {
			if c != filepath.Separator && i < len(name)-1 {
				continue
			}
			part, need := cmp.Or(name[:i], "/"), fs.FileMode(0o1)
			if c != filepath.Separator {
				part, need = name, 0o4
			}
			info, err := os.Stat(part)
			if err != nil {
				return "", err
			}
			if !a.may(part, info, need) {
				return fmt.Sprintf("%s belongs to %s and has mode %04o", part, ownerName(info), info.Mode().Perm()), nil
			}
		}
	}
	return "", nil
}

// may reports whether the account has a right, such as 0o4 to read. An access-control list can only be read by its own rules,
// so a file that has one counts as accessible.
func (a Account) may(name string, info fs.FileInfo, need fs.FileMode) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || a.UID == 0 || hasAccessList(name) {
		return true
	}
	mode := info.Mode().Perm()
	switch {
	case int(stat.Uid) == a.UID:
		mode >>= 6
	case slices.Contains(a.Groups, int(stat.Gid)):
		mode >>= 3
	}
	return mode&need != 0
}

func ownerName(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "an unknown user"
	}
	return userName(int(stat.Uid))
}

// userName returns "alice (uid 1000)", or "uid 1000" for a user without a name.
func userName(uid int) string {
	found, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return fmt.Sprintf("uid %d", uid)
	}
	return fmt.Sprintf("%s (uid %d)", found.Username, uid)
}

// printable removes control characters from a name that another user has chosen.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if strconv.IsPrint(c) {
			return c
		}
		return '?'
	}, name)
}
