package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// writeBill writes a bill of materials in the format CycloneDX. raw are the outputs of cyclonedx-gomod for the programs.
// writeBill removes the values that depend on one program or on the machine, and adds the two licences that
// cyclonedx-gomod cannot find. It returns an error if the components are not exactly the linked modules.
func writeBill(out io.Writer, raw [][]byte, linked []moduleVersion) error {
	bill, err := mergeBills(raw)
	if err != nil {
		return err
	}
	metadata, ok := bill["metadata"].(map[string]any)
	if !ok {
		return errors.New("not a CycloneDX document with metadata")
	}
	for _, tool := range objects(metadata["tools"]) {
		delete(tool, "hashes")
	}
	metadata["properties"] = slices.DeleteFunc(objects(metadata["properties"]), describesOneProgram)
	if own, ok := metadata["component"].(map[string]any); ok {
		setLicense(own, "MIT")
	}
	for _, component := range objects(bill["components"]) {
		if component["name"] == standardLibrary {
			setLicense(component, "BSD-3-Clause")
		}
	}
	if err := requireComponents(objects(bill["components"]), linked); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(bill)
}

// mergeBills returns the first bill with the components of all bills.
func mergeBills(raw [][]byte) (merged map[string]any, err error) {
	for _, text := range raw {
		var bill map[string]any
		if err := json.Unmarshal(text, &bill); err != nil {
			return nil, err
		}
		if merged == nil {
			merged = bill
			continue
		}
		for list, key := range map[string]string{"components": "bom-ref", "dependencies": "ref", "compositions": "aggregate"} {
			merged[list] = mergeObjects(objects(merged[list]), objects(bill[list]), key)
		}
	}
	return merged, nil
}

// mergeObjects adds objects with a new key, and sorts by the key. An object with a known key only adds its references.
func mergeObjects(merged, added []map[string]any, key string) []map[string]any {
	for _, object := range added {
		i := slices.IndexFunc(merged, func(o map[string]any) bool { return o[key] == object[key] })
		if i < 0 {
			merged = append(merged, object)
			continue
		}
		for _, list := range []string{"dependsOn", "dependencies"} {
			if _, ok := object[list]; ok {
				merged[i][list] = mergeReferences(merged[i][list], object[list])
			}
		}
	}
	slices.SortFunc(merged, func(a, b map[string]any) int { return strings.Compare(fmt.Sprint(a[key]), fmt.Sprint(b[key])) })
	return merged
}

// mergeReferences returns the strings of two JSON arrays, sorted and without doubles.
func mergeReferences(arrays ...any) []any {
	var references []string
	for _, array := range arrays {
		values, _ := array.([]any)
		for _, value := range values {
			references = append(references, fmt.Sprint(value))
		}
	}
	slices.Sort(references)
	var merged []any
	for _, reference := range slices.Compact(references) {
		merged = append(merged, reference)
	}
	return merged
}

// objects returns the objects of a JSON array.
func objects(array any) (found []map[string]any) {
	if found, ok := array.([]map[string]any); ok { // merged
		return found
	}
	values, _ := array.([]any)
	for _, value := range values {
		if object, ok := value.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// describesOneProgram reports whether a property belongs to one file or platform. The bill is for all programs of a release.
func describesOneProgram(property map[string]any) bool {
	name, _ := property["name"].(string)
	platform := strings.HasPrefix(name, "cdx:gomod:build:env:GO") && !strings.HasSuffix(name, ":GOVERSION")
	return platform || strings.HasPrefix(name, "cdx:gomod:binary:")
}

func setLicense(component map[string]any, id string) {
	component["licenses"] = []any{map[string]any{"license": map[string]any{"id": id}}}
}

// requireComponents returns an error for each linked module that is not a component, each component that is not linked, and
// each component without a licence.
func requireComponents(components []map[string]any, linked []moduleVersion) error {
	var faults []error
	listed := map[moduleVersion]bool{}
	for _, component := range components {
		name, _ := component["name"].(string)
		version, _ := component["version"].(string)
		m := moduleVersion{name, version}
		listed[m] = true
		if !slices.Contains(linked, m) {
			faults = append(faults, fmt.Errorf("the bill of materials lists %s, and no program contains it", m))
		}
		if len(objects(component["licenses"])) == 0 {
			faults = append(faults, fmt.Errorf("the bill of materials does not name the licence of %s", m))
		}
	}
	for _, m := range linked {
		if !listed[m] {
			listed[m] = true // name it once
			faults = append(faults, fmt.Errorf("the bill of materials does not list %s", m))
		}
	}
	return errors.Join(faults...)
}
