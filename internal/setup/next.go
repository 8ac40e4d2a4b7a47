package setup

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lastpost/internal/config"
)

// printNextSteps prints what the user does next.
func (i *Interview) printNextSteps(passed bool) {
	steps := i.nextSteps(isPackaged())
	if !passed {
		steps = append([]string{"Correct what FAIL reports above, and check again: " + i.command("check")}, steps...)
	}
	i.console.printf("Next:")
	for n, step := range steps {
		i.console.printf("%d. %s", n+1, step)
	}
}

// isPackaged reports whether systemd has the service's unit.
func isPackaged() bool {
	for _, dir := range []string{"/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"} {
		if _, err := os.Stat(filepath.Join(dir, "skill.service")); err == nil {
			return true
		}
	}
	return false
}

// nextSteps returns the steps in their order.
func (i *Interview) nextSteps(packaged bool) (steps []string) {
	names := map[string]string{passwordVariable: "password", userVariable: "user", keyVariable: "key"}
	for _, variable := range slices.Sorted(maps.Keys(i.found.secrets)) {
		steps = append(steps, "Write the "+names[variable]+" of the feed, as you typed it in the address, into /etc/skill/environment as "+
			variable+"='…', and run: chmod 600 /etc/skill/environment. It is not in "+i.File)
	}
	steps = append(steps, i.file.proxySteps()...)
	if packaged && i.IsDefault {
		steps = append(steps, "Start the service now and at every boot: systemctl enable --now skill")
	} else {
		steps = append(steps, "Start the service: "+i.command("serve"))
	}
	if i.file.id == config.PlaceholderID {
		return append(steps, "Make the skill at Amazon. This also writes its id into "+i.File+": "+i.command("deploy --login"))
	}
	return append(steps, "Update the skill at Amazon: "+i.command("deploy --login"))
}

// command returns a command line of this program.
func (i *Interview) command(words string) string {
	if i.IsDefault {
		return i.Program + " " + words
	}
	verb, rest, _ := strings.Cut(words, " ")
	return strings.TrimSpace(i.Program + " " + verb + " --config " + i.File + " " + rest)
}
