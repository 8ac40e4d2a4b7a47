// Command modules writes two files of a release. Both list the modules that the linker put into the programs:
//
//	modules licenses PROGRAM   the licences of the modules and of Go
//	modules sbom PROGRAM...    the software bill of materials of all programs, from the outputs PROGRAM.cdx.json of cyclonedx-gomod
//
// It runs in the folder of Lastpost's module. It fails if a module does not have a licence, or if a list is incomplete.
package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "modules:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var written bytes.Buffer // a failure leaves no half of a file
	var err error
	switch {
	case len(args) == 2 && args[0] == "licenses":
		err = writeLicensesOf(ctx, args[1], &written)
	case len(args) >= 2 && args[0] == "sbom":
		err = writeBillOf(args[1:], &written)
	default:
		err = errors.New("usage: modules licenses PROGRAM, or modules sbom PROGRAMS")
	}
	if err != nil {
		return err
	}
	_, err = out.Write(written.Bytes())
	return err
}

func writeLicensesOf(ctx context.Context, program string, out io.Writer) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	packages, err := listPackages(ctx, info)
	if err != nil {
		return err
	}
	modules, err := readLicenses(packages)
	if err != nil {
		return err
	}
	if err := requireSame(linkedModules(info), modules); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return writeLicenses(out, modules)
}

func writeBillOf(programs []string, out io.Writer) error {
	var bills [][]byte
	var linked []moduleVersion
	for _, program := range programs {
		bill, err := os.ReadFile(program + ".cdx.json")
		if err != nil {
			return err
		}
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return err
		}
		bills, linked = append(bills, bill), append(linked, linkedModules(info)...)
	}
	return writeBill(out, bills, linked)
}

// A moduleVersion is a module, or Go's standard library with the version of Go.
type moduleVersion struct{ path, version string }

func (m moduleVersion) String() string { return m.path + " " + m.version }

// standardLibrary is the path that cyclonedx-gomod gives Go's standard library.
const standardLibrary = "std"

// linkedModules returns the modules of a program and the standard library, without Lastpost.
func linkedModules(info *debug.BuildInfo) []moduleVersion {
	found := []moduleVersion{{standardLibrary, info.GoVersion}}
	for _, module := range info.Deps {
		for module.Replace != nil {
			module = module.Replace
		}
		found = append(found, moduleVersion{module.Path, module.Version})
	}
	return found
}
