package redis

import (
	"errors"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// rights is how a user of Redis gets what this program does there, and no more.
const rights = "ACL SETUSER NAME ~session:* ~pace:* +@read +@write +@scripting +@connection +time +info +config|get +cluster"

// advices are what an operator does about an error, by a part of its words. The first that fits is taken.
var advices = []struct{ words, advice string }{
	{"WRONGPASS", "are the user and the password in SANGKIEN_REDIS_URL right?"},
	{"NOAUTH", "Redis wants a password: put it into SANGKIEN_REDIS_URL"},
	{"AUTH <password> called without", "Redis wants no password: take it out of SANGKIEN_REDIS_URL"},
	{"NOPERM", "the user of Redis may not do this: " + rights},
	{"user executing the script", "the user of Redis may not do this: " + rights},
	{"DENIED", "Redis is in protected mode: give it a password, and bind it to the network on which this program is"},
	{"OOM ", "Redis is full: raise maxmemory, or take out of it what else is there"},
	{"max number of clients", "Redis takes no more connections: raise maxclients, or see with CLIENT LIST who has them"},
	{"LOADING", "Redis is reading its data from the disk: wait"},
	{"READONLY", "this is a replica: give the master's address, or redis-sentinel:// so that it is found"},
	{"MASTERDOWN", "this replica has lost its master: see INFO replication"},
	{"MISCONF", "Redis cannot write to its disk: is it full? see the log of Redis"},
	{"NOREPLICAS", "too few replicas of Redis are in touch (min-replicas-to-write): see INFO replication"},
	{"BUSY", "a script runs too long in Redis: SCRIPT KILL"},
	{"CLUSTERDOWN", "the cluster has slots without a master: redis-cli --cluster check HOST:PORT"},
	{"CROSSSLOT", "a proxy in front of Redis divides what belongs together: give the addresses of the cluster itself"},
	{"MOVED", "this server is one of a cluster: write redis-cluster://"},
	{"cluster support disabled", "this server is no cluster: write redis://"},
	{"unknown authority", "the certificate of Redis is of an authority of your own: name its file with ?ca=FILE"},
	{"first record does not look like a TLS", "Redis speaks no TLS: write redis… instead of rediss…"},
	{"certificate", "the certificate of Redis does not fit: is the name in SANGKIEN_REDIS_URL one that it is for, and is it still valid?"},
	{"timeout", "Redis does not answer in time: is it, or the network to it, overloaded or cut? see SLOWLOG GET"},
	{"deadline exceeded", "Redis does not answer in time: is it, or the network to it, overloaded or cut? see SLOWLOG GET"},
	{"no such host", "is the name in SANGKIEN_REDIS_URL right?"},
	{"EOF", "Redis closed the connection: does it want TLS (rediss…)? see the log of Redis"},
	{"sentinels specified", "no Sentinel answers, or none knows a master of this name: SENTINEL MASTERS tells the names"},
}

// advisedError is an error with what an operator does about it.
type advisedError struct {
	error
	advice string
}

func (e advisedError) Error() string { return e.error.Error() + " — " + e.advice }
func (e advisedError) Unwrap() error { return e.error }

func advised(err error) error {
	if err == nil || errors.Is(err, redis.ErrClosed) {
		return err
	}
	if errors.Is(err, syscall.ECONNREFUSED) && !strings.Contains(err.Error(), "sentinels specified") {
		return advisedError{err, "does Redis run there, and is the address right?"}
	}
	for _, a := range advices {
		if strings.Contains(err.Error(), a.words) {
			return advisedError{err, a.advice}
		}
	}
	return err
}
