package telegramtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// specJSON is the whole Bot API 10.1, scraped from https://core.telegram.org/bots/api by
// https://github.com/PaulSonOfLars/telegram-bot-api-spec; its licence lies beside it.
//
//go:embed testdata/telegram-bot-api-spec.json
var specJSON []byte

// spec is the part of the machine-readable spec that requests are checked against.
type spec struct {
	methods map[string]object
	types   map[string]object
}

// object is a method with its parameters, or a type with its fields.
type object struct {
	fields   map[string]field
	required []string
	subtypes []string
}

type field struct{ types []string }

// loadSpec reads the spec once for all servers of a process.
var loadSpec = sync.OnceValues(parseSpec)

func parseSpec() (*spec, error) {
	type wireObject struct {
		Fields []struct {
			Name     string
			Types    []string
			Required bool
		}
		Subtypes []string
	}
	var wire struct{ Methods, Types map[string]wireObject }
	if err := json.Unmarshal(specJSON, &wire); err != nil {
		return nil, fmt.Errorf("read the Bot API spec: %w", err)
	}
	convert := func(in map[string]wireObject) map[string]object {
		out := make(map[string]object, len(in))
		for name, w := range in {
			o := object{fields: make(map[string]field, len(w.Fields)), subtypes: w.Subtypes}
			for _, f := range w.Fields {
				o.fields[f.Name] = field{types: f.Types}
				if f.Required {
					o.required = append(o.required, f.Name)
				}
			}
			out[name] = o
		}
		return out
	}
	return &spec{methods: convert(wire.Methods), types: convert(wire.Types)}, nil
}

// check says what is wrong with the parameters of a method. missing is what the real server would refuse;
// the other faults it would overlook, and we do not.
func (s *spec) check(method string, params map[string]string) (missing string, faults []string) {
	m := s.methods[method]
	for _, name := range m.required {
		if params[name] == "" && (method != "setWebhook" || name != "url") {
			missing = name
			faults = append(faults, fmt.Sprintf("parameter %s is required and missing", name))
		}
	}
	for name, value := range params {
		f, ok := m.fields[name]
		if !ok {
			faults = append(faults, fmt.Sprintf("there is no parameter %s", name))
			continue
		}
		if err := s.checkParam(f.types, value); err != nil {
			faults = append(faults, fmt.Sprintf("parameter %s: %v", name, err))
		}
	}
	return missing, faults
}

// checkParam checks a parameter, which travels as text: objects and arrays as JSON.
func (s *spec) checkParam(types []string, value string) error {
	if slices.Contains(types, "String") || slices.Contains(types, "InputFile") {
		return nil
	}
	switch types[0] {
	case "Integer":
		_, err := strconv.ParseInt(value, 10, 64)
		return err
	case "Boolean":
		_, err := strconv.ParseBool(value)
		return err
	case "Float":
		_, err := strconv.ParseFloat(value, 64)
		return err
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(value))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return s.checkAny(types, v)
}

// checkAny takes a value that is of one of the types; what is wrong by the first type is what it tells.
func (s *spec) checkAny(types []string, v any) error {
	var first error
	for _, t := range types {
		err := s.checkValue(t, v)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func (s *spec) checkValue(typ string, v any) error {
	if of, ok := strings.CutPrefix(typ, "Array of "); ok {
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("is %T, want an array", v)
		}
		for _, e := range list {
			if err := s.checkValue(of, e); err != nil {
				return err
			}
		}
		return nil
	}
	var ok bool
	switch typ {
	case "String", "InputFile":
		_, ok = v.(string)
	case "Boolean", "True":
		_, ok = v.(bool)
	case "Integer":
		n, isNumber := v.(json.Number)
		_, err := n.Int64()
		ok = isNumber && err == nil
	case "Float":
		_, ok = v.(json.Number)
	default:
		return s.checkObject(typ, v)
	}
	if !ok {
		return fmt.Errorf("%v is no %s", v, typ)
	}
	return nil
}

func (s *spec) checkObject(typ string, v any) error {
	t, known := s.types[typ]
	if !known {
		return fmt.Errorf("unknown type %s", typ)
	}
	if len(t.subtypes) > 0 {
		return s.checkAny(t.subtypes, v)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("is %T, want %s", v, typ)
	}
	for _, name := range t.required {
		if m[name] == nil {
			return fmt.Errorf("%s has no %s", typ, name)
		}
	}
	for name, value := range m {
		f, ok := t.fields[name]
		if !ok {
			return fmt.Errorf("%s has no field %s", typ, name)
		}
		if err := s.checkAny(f.types, value); err != nil {
			return fmt.Errorf("%s.%s: %w", typ, name, err)
		}
	}
	return nil
}
