"""A network to probe that is real to the kernel: a simulated internet on TUN, or veth routers."""
