#!/bin/sh
# Makes the files of a made-up board, as a copied system for `npuscope audit --root`:
#
#   sh testdata/boards/make_board.sh vendor-6.1 DIR
#
# Kinds: vendor-5.10, vendor-6.1, mainline-disabled, mainline-unloaded, mainline, mainline-32g, missing-group, foreign-user,
# poisoned, dma-heap, unreadable-log, other-chip, hostile. What they hold is what such systems would say, in our own words.
set -eu
kind=$1
root=$2

put() { # PATH TEXT
  mkdir -p "$root/$(dirname "$1")"
  printf '%b' "$2" > "$root/$1"
}
link() { # PATH TARGET
  mkdir -p "$root/$(dirname "$1")"
  ln -sfn "$2" "$root/$1"
}
tree=proc/device-tree

system() { # RELEASE KIB_OF_MEMORY
  put proc/sys/kernel/osrelease "$1\n"
  put proc/sys/kernel/arch "aarch64\n"
  put proc/sys/kernel/random/boot_id "0e1f9a52-0000-4000-8000-000000000001\n"
  put proc/sys/kernel/printk "8 4 1 7\n"
  put proc/sys/kernel/dmesg_restrict "0\n"
  put proc/uptime "5140.25 20000.00\n"
  put proc/cmdline "root=/dev/mmcblk0p2 rw console=ttyS2,1500000 loglevel=8\n"
  put proc/meminfo "MemTotal:       $2 kB\nMemFree:         1000000 kB\nCmaTotal:         262144 kB\nCmaFree:          200000 kB\n"
  put proc/modules "pstore_blk 16384 0 - Live 0x0000000000000000\n"
  put proc/self/status "Name:\tcat\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t44 105 1000\n"
  put proc/1/comm "systemd\n"
  link proc/1/fd/0 /dev/null
  put etc/group "root:x:0:\nvideo:x:44:\nrender:x:105:\n"
  put $tree/model 'Made-up RK3588 Board\0000'
  put $tree/compatible 'example,board\0000rockchip,rk3588\0000'
  zones 0
}
zones() { # PAGES_ABOVE_4_GIB
  put proc/zoneinfo "Node 0, zone      DMA\n        spanned  1048576\n        present  1000000\n  start_pfn:           0\nNode 0, zone   Normal\n        spanned  $1\n        present  $1\n  start_pfn:           1048576\n"
}
config() { # NAMES...
  mkdir -p "$root/boot"
  for name in ARM64 ARM64_4K_PAGES ROCKCHIP_IOMMU STRICT_DEVMEM "$@"; do echo "CONFIG_$name=y"; done \
    > "$root/boot/config-$(cat "$root/proc/sys/kernel/osrelease")"
}
node() { # NAME COMPATIBLE STATUS
  put "$tree/$1/compatible" "$2"'\0000'
  put "$tree/$1/status" "$3"'\0000'
}
vendor() { # RELEASE VERSION
  system "$1" 8000000
  config ROCKCHIP_RKNPU ROCKCHIP_RKNPU_DRM_GEM ROCKCHIP_RKNPU_DEBUG_FS
  node npu@fdab0000 rockchip,rk3588-rknpu okay
  node iommu@fdab9000 rockchip,iommu-v2 okay
  for name in card1 renderD129; do link sys/class/drm/$name/device/driver ../../../bus/platform/drivers/RKNPU; done
  link sys/class/drm/card0/device/driver ../../../bus/platform/drivers/rockchip-drm
  link sys/bus/platform/drivers/RKNPU/fdab0000.npu ../../../devices/platform/fdab0000.npu
  mkdir -p "$root/sys/module/rknpu" "$root/sys/class/iommu/fdab9000.iommu" "$root/sys/kernel/iommu_groups/0"
  put dev.txt "/dev/dri/card0 660 0 44\n/dev/dri/card1 660 0 44\n/dev/dri/renderD129 660 0 105\n"
  put sys/class/devfreq/fdab0000.npu/cur_freq "1000000000\n"
  put sys/class/devfreq/fdab0000.npu/governor "rknpu_ondemand\n"
  put sys/devices/platform/fdab0000.npu/power/runtime_status "suspended\n"
  put dmesg.txt "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x412fd050]\n[    0.000000] Linux version $1\n[    3.370000] RKNPU fdab0000.npu: RKNPU: rknpu iommu is enabled, using iommu mode\n[    3.374113] [drm] Initialized rknpu $2 20240828 for fdab0000.npu on minor 1\n"
}
mainline() { # STATUS KIB_OF_MEMORY
  system 6.18.2 "$2"
  config DRM_ACCEL_ROCKET
  for core in fdab fdac fdad; do
    node npu@${core}0000 rockchip,rk3588-rknn-core "$1"
    node iommu@${core}9000 'rockchip,rk3588-iommu\0000rockchip,rk3568-iommu' "$1"
  done
  put lib/modules/6.18.2/modules.dep "kernel/drivers/accel/rocket/rocket.ko: kernel/drivers/gpu/drm/scheduler/gpu-sched.ko\n"
  put dmesg.txt "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x412fd050]\n[    0.000000] Linux version 6.18.2\n"
  mkdir -p "$root/sys/class/iommu"
}
rocket() {
  put proc/modules "rocket 40960 0 - Live 0x0000000000000000\n"
  for core in fdab fdac fdad; do
    link sys/bus/platform/drivers/rocket/${core}0000.npu ../../../devices/platform/${core}0000.npu
    mkdir -p "$root/sys/class/iommu/${core}9000.iommu"
  done
  link sys/class/accel/accel0/device/driver ../../../bus/platform/drivers/rocket
  put dev.txt "/dev/accel/accel0 660 0 105\n"
  printf '%s\n' "[    4.000000] [drm] Initialized rocket 0.0.0 for rknn on minor 0" \
    "[    4.100000] rocket fdab0000.npu: Rockchip NPU core 0 version: 1179210309" >> "$root/dmesg.txt"
}

case $kind in
  vendor-5.10) vendor 5.10.160-rk 0.8.2 ;;
  vendor-6.1) vendor 6.1.75-rk 0.9.8 ;;
  mainline-disabled) mainline disabled 8000000 ;;
  mainline-unloaded) mainline okay 8000000 ;;
  mainline) mainline okay 8000000; rocket ;;
  mainline-32g) mainline okay 32000000; rocket; zones 7340032 ;;
  missing-group)
    vendor 6.1.75-rk 0.9.8
    put proc/self/status "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t1000\n" ;;
  foreign-user)
    vendor 6.1.75-rk 0.9.8
    put proc/812/comm "rknn_server\n"
    link proc/812/fd/7 /dev/dri/renderD129 ;;
  poisoned)
    vendor 6.1.75-rk 0.9.8
    printf '%s\n' "[   90.000001] RKNPU: invalid irq status: 0x100, raw status: 0x100, require mask: 0x3, task counter: 0x1" \
      "[   96.000000] RKNPU: failed to wait job, task counter: 1, flags: 0x5" >> "$root/dmesg.txt" ;;
  dma-heap)
    vendor 6.1.75-rk 0.9.8
    rm -r "$root/sys/class/drm"
    put dev.txt "/dev/rknpu 666 0 0\n" ;;
  unreadable-log)
    vendor 6.1.75-rk 0.9.8
    rm "$root/dmesg.txt"
    put proc/sys/kernel/dmesg_restrict "1\n" ;;
  other-chip)
    system 6.12.0 4000000
    put $tree/compatible 'example,board\0000rockchip,rk3399\0000'
    put dmesg.txt "[    0.000000] Booting Linux on physical CPU 0x0000000000\n" ;;
  hostile)
    link proc/self self
    link proc/cmdline /proc/cmdline
    link $tree/compatible ../../../../../../../../etc/passwd
    link dev/dri /
    link sys/class/drm/card1/device/driver ../../../../../../RKNPU
    mkdir -p "$root/proc/meminfo" "$root/proc/7/fd"
    mkfifo "$root/dmesg.txt" "$root/proc/iomem"
    put boot/config- '\0037\0213\0010 broken'
    put $tree/model '\0377\0376 \0033[31m |`<b>\0012*bold*\0000'
    put $tree/npu@fdab0000/status '\0001\0002'
    head -c 3000000 /dev/zero | tr '\0' x > "$root/proc/modules"
    put proc/zoneinfo "Node 0\n  start_pfn: 99999999999999999999\n present -1\n start_pfn: 18446744073709551615\n spanned 18446744073709551615\n present 18446744073709551615\n"
    put proc/7/comm '\0033]0;evil\0007\n'
    link proc/7/fd/3 /dev/dri/card1 ;;
  *) echo "make_board.sh: no kind $kind" >&2; exit 2 ;;
esac
