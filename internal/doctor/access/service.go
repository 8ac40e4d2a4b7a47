package access

import (
	"bufio"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// unitName is the name of the service's unit. deploy/systemd has it.
const unitName = "skill.service"

// serviceAccount returns the user of the service: of its process, else of its unit, else the owner of the data directory. If
// none is known, the service runs as this user.
func (h Host) serviceAccount(self Account, dataDir string) Account {
	if found, ok := h.runningAccount(); ok {
		return found
	}
	if found, ok := h.unitAccount(); ok {
		return found
	}
	info, err := os.Stat(dataDir)
	if err != nil {
		return self
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 || self.UID != 0 && self.may(dataDir, info, 0o2) {
		return self
	}
	name := "the owner of data_dir, " + userName(int(stat.Uid))
	return Account{Name: name, UID: int(stat.Uid), Groups: []int{int(stat.Gid)}, guessed: true}
}

// runningAccount returns the user of the unit's process.
func (h Host) runningAccount() (Account, bool) {
	for _, cgroup := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/systemd"} {
		content, err := os.ReadFile(h.path(cgroup + "/system.slice/" + unitName + "/cgroup.procs"))
		processes := strings.Fields(string(content))
		if err != nil || len(processes) == 0 {
			continue
		}
		status, err := os.ReadFile(h.path("/proc/" + filepath.Base(processes[0]) + "/status"))
		if err != nil {
			continue
		}
		ids := map[string][]int{}
		for line := range strings.Lines(string(status)) {
			key, values, _ := strings.Cut(line, ":")
			for value := range strings.FieldsSeq(values) {
				if id, err := strconv.Atoi(value); err == nil {
					ids[key] = append(ids[key], id)
				}
			}
		}
		if uid, gid := ids["Uid"], ids["Gid"]; len(uid) > 1 && len(gid) > 1 {
			name := "the service's user, " + userName(uid[1])
			return Account{Name: name, UID: uid[1], Groups: append(ids["Groups"], gid[1]), systemd: true}, true
		}
	}
	return Account{}, false
}

// dynamicUID stands for a user that systemd creates at each start. It owns no file, so its number does not matter.
const dynamicUID = 61184

// unitAccount returns the user of the installed unit.
func (h Host) unitAccount() (Account, bool) {
	settings, found := h.unitSettings()
	if !found {
		return Account{}, false
	}
	a := Account{Name: "the service's user, whom systemd creates (DynamicUser)", UID: dynamicUID, Groups: []int{dynamicUID}, systemd: true}
	if name := settings["User"]; len(name) > 0 {
		known, err := user.Lookup(name[len(name)-1])
		if err != nil {
			known, err = user.LookupId(name[len(name)-1])
		}
		if err == nil {
			a.UID, _ = strconv.Atoi(known.Uid)
			a.Name, a.Groups = "the service's user, "+userName(a.UID), nil
			groups, _ := known.GroupIds() // without them the group of the user counts
			settings["SupplementaryGroups"] = append(settings["SupplementaryGroups"], append(groups, known.Gid)...)
		} else if !slices.Contains(settings["DynamicUser"], "yes") {
			return Account{}, false
		}
	} else if !slices.Contains(settings["DynamicUser"], "yes") {
		a.Name, a.UID, a.Groups = "the service's user, root", 0, nil
	}
	for _, name := range append(settings["SupplementaryGroups"], settings["Group"]...) {
		id := name
		if g, err := user.LookupGroup(name); err == nil {
			id = g.Gid
		}
		if gid, err := strconv.Atoi(id); err == nil {
			a.Groups = append(a.Groups, gid)
		}
	}
	return a, true
}

// unitSettings returns the values of the unit and of its drop-ins. An administrator's unit replaces the package's.
func (h Host) unitSettings() (settings map[string][]string, found bool) {
	var files []string
	folders := []string{"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"}
	for _, folder := range folders {
		if file := h.path(folder + unitName); isFile(file) {
			files = append(files, file)
			break
		}
	}
	if files == nil {
		return nil, false
	}
	for i := len(folders) - 1; i >= 0; i-- {
		dropIns, _ := filepath.Glob(h.path(folders[i] + unitName + ".d/*.conf")) // the pattern is valid
		files = append(files, dropIns...)
	}
	settings = map[string][]string{}
	for _, file := range files {
		content, err := os.Open(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(content); lines.Scan(); {
			key, value, ok := strings.Cut(lines.Text(), "=")
			if ok && !strings.HasPrefix(key, "#") {
				settings[key] = append(settings[key], strings.Fields(value)...)
			}
		}
		_ = content.Close() // it was only read
	}
	return settings, true
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
