#!/bin/sh
# Copies what `npuscope audit --root` and `npuscope snapshot --root` read, from the board this runs on into DIR:
#
#   sh collect_board.sh DIR && tar -cf board.tar DIR
#
# Run it as the user who will run programs, then `sudo dmesg > DIR/dmesg.txt` where that user may not read the log.
# Nothing is opened that belongs to the NPU, nothing is changed, and what may not be read is left out.
set -u
[ $# -eq 1 ] || { echo "usage: sh collect_board.sh DIR" >&2; exit 2; }
mkdir -p "$1" || exit 2
cd "$1" || exit 2
release=$(uname -r)

text() { # FILES...
  for file in "$@"; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    mkdir -p ".${file%/*}" && cat "$file" > ".$file" 2> /dev/null || rm -f ".$file"
  done
}
links() { # LINKS...
  for link in "$@"; do
    [ -L "$link" ] || continue
    mkdir -p ".${link%/*}" && ln -sfn "$(readlink "$link")" ".$link"
  done
}
names() { # DIRECTORIES..., the names in them as empty directories
  for directory in "$@"; do
    [ -d "$directory" ] || continue
    mkdir -p ".$directory"
    for name in "$directory"/*; do [ -e "$name" ] && mkdir -p ".$name"; done
  done
}

text /proc/sys/kernel/osrelease /proc/sys/kernel/arch /proc/sys/kernel/printk /proc/sys/kernel/dmesg_restrict \
  /proc/sys/kernel/random/boot_id /proc/uptime /proc/cmdline /proc/meminfo /proc/modules /proc/iomem /proc/zoneinfo \
  /proc/self/status /proc/config.gz /etc/group "/boot/config-$release" \
  "/lib/modules/$release/modules.dep" "/lib/modules/$release/modules.builtin"
text /proc/device-tree/model /proc/device-tree/compatible
for node in /proc/device-tree/*@fda* /proc/device-tree/soc*/*@fda*; do text "$node/compatible" "$node/status"; done

links /sys/class/drm/*/device/driver /sys/class/accel/*/device/driver /sys/bus/platform/drivers/RKNPU/* \
  /sys/bus/platform/drivers/rocket/*
names /sys/class/iommu /sys/kernel/iommu_groups /sys/fs/pstore
for module in rknpu rocket; do [ -d "/sys/module/$module" ] && mkdir -p "./sys/module/$module"; done
text /sys/module/pstore/parameters/backend /sys/kernel/debug/rknpu/*
for device in /sys/class/devfreq/*.npu; do
  text "$device/cur_freq" "$device/target_freq" "$device/governor" "$device/load" "$device/trans_stat"
done
text /sys/devices/platform/fda*.npu/power/runtime_status /sys/devices/platform/fda*.npu/power/runtime_usage \
  /sys/bus/genpd/devices/*.npu/power/runtime_status
for regulator in /sys/class/regulator/*; do
  grep -qs npu "$regulator/name" && text "$regulator/name" "$regulator/state" "$regulator/microvolts"
done

# Nodes cannot be copied; who may open them is what matters.
stat -c '%n %a %u %g' /dev/dri/* /dev/accel/* /dev/rknpu > dev.txt 2> /dev/null

# Processes that have a node of a GPU or NPU open. A file in place of a directory: it may not be looked at.
for process in /proc/[0-9]*; do
  if [ -r "$process/fd" ] && ls "$process/fd" > /dev/null 2>&1; then
    mkdir -p ".$process/fd"
    for open in "$process"/fd/*; do
      case $(readlink "$open" 2> /dev/null) in
        /dev/dri/* | /dev/accel/* | /dev/rknpu) links "$open"; text "$process/comm" ;;
      esac
    done
  elif [ -d "$process" ]; then
    mkdir -p ".$process" && : > ".$process/fd"
  fi
done

dmesg > dmesg.txt 2> /dev/null || rm -f dmesg.txt
exit 0
