package deployment

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/durable"
)

// stateVersion is the version of the state file. A program refuses newer versions.
const stateVersion = 1

// maxStateSize limits the size of a state file, in bytes. A package of 17 locales needs about 3 MB.
const maxStateSize = 64 << 20

// A phase says what a run has begun. It is stored before the step that cannot be repeated.
type phase string

const (
	phaseCreating  phase = "creating"  // Amazon perhaps creates a skill
	phaseUpdating  phase = "updating"  // Amazon perhaps imports a package into the skill
	phaseImporting phase = "importing" // Amazon works on the import with the stored id
	phaseDone      phase = "done"      // the last import succeeded
	phaseFailed    phase = "failed"    // the last import failed
)

// state is what is known about one skill.
type state struct {
	Version  int    `json:"version"`
	Phase    phase  `json:"phase"`
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	SkillID  string `json:"skillId,omitempty"` // "": not known yet
	ImportID string `json:"importId,omitempty"`

	// Own says that a run of this command created the skill, and that no import of it has succeeded yet.
	Own      bool      `json:"own,omitempty"`
	VendorID string    `json:"vendorId,omitempty"` // of the creation
	Started  time.Time `json:"started,omitzero"`   // when the creation was sent
	Before   []string  `json:"before,omitempty"`   // the ids of the vendor's skills before the creation
	Replaces string    `json:"replaces,omitempty"` // the id of an earlier creation that failed and left no skill

	Sent     *content   `json:"sent,omitempty"`     // the package of the import that runs
	Lost     []*content `json:"lost,omitempty"`     // other packages that Amazon perhaps imported since the last success
	Deployed *content   `json:"deployed,omitempty"` // the package of the last import that succeeded
	Remote   documents  `json:"remote,omitempty"`   // what Amazon had after it

	Certificate    string `json:"certificate,omitempty"`    // hash
	AccountLinking string `json:"accountLinking,omitempty"` // hash
	LinkingETag    string `json:"accountLinkingEtag,omitempty"`
}

// isPhase reports whether a file has a phase of this version.
func isPhase(p phase) bool {
	switch p {
	case phaseCreating, phaseUpdating, phaseImporting, phaseDone, phaseFailed:
		return true
	}
	return false
}

// A store has the state files of one folder. A key stands for a skill: its id, or its endpoint as long as the id is unknown.
type store struct{ dir, name string }

func skillKey(id string) string     { return hashText("skill " + id)[:16] }
func endpointKey(url string) string { return hashText("endpoint " + url)[:16] }

// path returns the name of a state file. The name of the skill in it is only for people, because it can change.
func (s store) path(key string) string {
	if found, _ := filepath.Glob(filepath.Join(escapeGlob(s.dir), "*-"+key+".json")); len(found) > 0 {
		return found[0]
	}
	return filepath.Join(s.dir, fileName(s.name)+"-"+key+".json")
}

// escapeGlob escapes the characters of a folder's name that have a meaning in patterns.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// fileName returns a part of a file's name for a skill's name.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	return cmp.Or(safe[:min(len(safe), 40)], "skill")
}

// read returns the state of a key, or nil.
func (s store) read(key string) (*state, error) {
	name := s.path(key)
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(file, maxStateSize))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return parseState(name, raw)
}

func parseState(name string, raw []byte) (*state, error) {
	var version struct{ Version int }
	st := &state{}
	err := json.Unmarshal(raw, &version)
	if err == nil && version.Version > stateVersion {
		return nil, fmt.Errorf("%s was written by a newer version of this program: use the newer version", name)
	}
	if err == nil {
		err = json.Unmarshal(raw, st)
	}
	if err == nil && (st.Version != stateVersion || !isPhase(st.Phase)) {
		err = fmt.Errorf("unknown phase %q of version %d", st.Phase, st.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w. Without it, a second skill could be created. Look for the skill with "+
			"skill deploy --list. If it exists, write its id into the configuration. Then delete the file", name, err)
	}
	return st, nil
}

// write stores a state. Only the operator can read it: it shows what the skill does before it is published.
func (s store) write(key string, st *state) error {
	st.Version, st.Name = stateVersion, s.name
	raw, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return durable.Replace(s.path(key), append(raw, '\n'), 0o600)
}

// remove deletes the state of a key.
func (s store) remove(key string) error {
	if err := os.Remove(s.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.SyncDir(s.dir)
}

// A storeLock stops a second run for the same skill. The kernel releases it when the process ends, even after kill -9.
type storeLock struct {
	store store
	files []*os.File
	keys  []string
}

// lock locks the folder against cleaning, and removes what interrupted runs left if no other run uses the folder.
func (s store) lock() (*storeLock, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	folder, err := os.Open(s.dir)
	if err != nil {
		return nil, err
	}
	if flock(folder, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		if err := durable.RemoveTemporary(s.dir); err != nil {
			return nil, errors.Join(err, folder.Close())
		}
	}
	l := &storeLock{store: s, files: []*os.File{folder}}
	if err := flock(folder, syscall.LOCK_SH); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", s.dir, err), l.release())
	}
	return l, nil
}

// add locks a key, unless this run has it already.
func (l *storeLock) add(key string) error {
	if slices.Contains(l.keys, key) {
		return nil
	}
	name := filepath.Join(l.store.dir, key+".lock")
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	if err = flock(file, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errors.New("another run deploys this skill: wait until it has ended, or stop it")
		} else {
			err = fmt.Errorf("lock %s: %w", name, err)
		}
		return errors.Join(err, file.Close())
	}
	l.files, l.keys = append(l.files, file), append(l.keys, key)
	return nil
}

// flock calls flock(2) again if a signal interrupted it.
func flock(file *os.File, how int) error {
	for {
		if err := syscall.Flock(int(file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// release unlocks everything. The files remain, because their removal would let two later runs lock two files.
func (l *storeLock) release() error {
	var errs []error
	for _, file := range l.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// find returns the state for the configuration's id ("": none) and endpoint, or nil.
//
// A run stores an id in the configuration first. If it was then killed, only the state of the endpoint has the work that this
// id belongs to. If the id could not be stored there, the state of the endpoint points to the state of the skill. A pointer is
// not followed if the skill has another endpoint meanwhile.
func (s store) find(id, endpoint string) (*state, error) {
	if id != "" {
		if st, err := s.read(skillKey(id)); st != nil || err != nil {
			return st, err
		}
	}
	st, err := s.read(endpointKey(endpoint))
	if st == nil || err != nil {
		return nil, err
	}
	if st.SkillID == "" {
		return st, nil
	}
	if id != "" {
		if st.SkillID != id {
			return nil, nil
		}
		return st, nil
	}
	target, err := s.read(skillKey(st.SkillID))
	if err != nil || target == nil {
		return st, err
	}
	if target.Endpoint != endpoint {
		return nil, nil
	}
	return target, nil
}
